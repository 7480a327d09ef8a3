SELECT hour(event_timestamp AT TIME ZONE 'UTC') AS hour, count(*) AS logins
FROM menu_app_events
WHERE event_type = 'login'
GROUP BY 1
ORDER BY hour;
