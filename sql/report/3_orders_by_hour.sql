SELECT hour(event_timestamp AT TIME ZONE 'UTC') AS hour, count(*) AS orders
FROM menu_app_orders
GROUP BY 1
ORDER BY hour;
