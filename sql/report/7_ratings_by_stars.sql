SELECT description AS stars, count(*) AS ratings
FROM menu_app_events
WHERE event_type = 'post_rating'
GROUP BY description
ORDER BY stars;
