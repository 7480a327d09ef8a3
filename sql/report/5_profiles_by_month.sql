SELECT
    date_format(event_timestamp AT TIME ZONE 'UTC', '%Y-%m') AS month,
    count(*) AS profiles
FROM menu_app_events
WHERE event_type = 'create_profile'
GROUP BY 1
ORDER BY month;
