SELECT
    count(*) AS orders,
    count_if(coupon = 'Yes') AS coupon_orders,
    round(CAST(count_if(coupon = 'Yes') AS double) / nullif(count(*), 0), 3) AS coupon_rate
FROM menu_app_orders;
