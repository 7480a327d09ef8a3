SELECT
    menu,
    searches,
    orders,
    round(CAST(orders AS double) / nullif(searches, 0), 3) AS conversion
FROM (
    SELECT menu, count_if(event_type = 'menu_search') AS searches,
        count_if(event_type = 'order_food') AS orders
    FROM (
        SELECT description AS menu, event_type FROM menu_app_events
        WHERE event_type = 'menu_search'
        UNION ALL
        SELECT description AS menu, event_type FROM menu_app_orders
    )
    GROUP BY menu
)
ORDER BY menu;
