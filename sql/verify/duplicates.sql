SELECT event_id, count(*) AS row_count
FROM (
    SELECT event_id FROM menu_app_events
    UNION ALL
    SELECT event_id FROM menu_app_orders
)
GROUP BY event_id
HAVING count(*) > 1
ORDER BY event_id;
