SELECT uid, count(*) AS ratings
FROM menu_app_events
WHERE event_type = 'post_rating'
GROUP BY uid
ORDER BY ratings DESC, uid
LIMIT 5;
