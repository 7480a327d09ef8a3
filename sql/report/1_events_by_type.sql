SELECT event_type, count(*) AS events
FROM (
    SELECT event_type FROM menu_app_events
    UNION ALL
    SELECT event_type FROM menu_app_orders
)
GROUP BY event_type
ORDER BY events DESC, event_type;
