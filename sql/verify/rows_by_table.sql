SELECT 'menu_app_events' AS table_name, count(*) AS row_count FROM menu_app_events
UNION ALL
SELECT 'menu_app_orders', count(*) FROM menu_app_orders
UNION ALL
SELECT 'menu_app_dead_letters', count(*) FROM menu_app_dead_letters
ORDER BY table_name;
