SELECT 'menu_app_events' AS table_name, event_type, event_id FROM menu_app_events
UNION ALL
SELECT 'menu_app_orders', event_type, event_id FROM menu_app_orders;
