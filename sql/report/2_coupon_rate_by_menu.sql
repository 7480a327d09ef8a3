SELECT
    description AS menu,
    count(*) AS orders,
    count_if(coupon = 'Yes') AS coupon_orders,
    round(CAST(count_if(coupon = 'Yes') AS double) / count(*), 3) AS coupon_rate
FROM menu_app_orders
GROUP BY description
ORDER BY menu;
