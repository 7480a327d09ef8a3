SELECT description AS menu, coupon, count(*) AS orders
FROM menu_app_orders
GROUP BY description, coupon
ORDER BY menu, coupon;
