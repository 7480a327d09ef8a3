SELECT table_name, event_type, count(*) AS row_count
FROM (
    SELECT 'menu_app_events' AS table_name, event_type FROM menu_app_events
    UNION ALL
    SELECT 'menu_app_orders', event_type FROM menu_app_orders
)
GROUP BY table_name, event_type
ORDER BY table_name, event_type;
