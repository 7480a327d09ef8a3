SELECT event_type, description, count(*) AS events
FROM menu_app_events
WHERE event_type IN ('menu_search', 'post_review', 'post_rating')
GROUP BY event_type, description
ORDER BY event_type, events DESC, description;
