SELECT reason, count(*) AS messages
FROM menu_app_dead_letters
GROUP BY reason
ORDER BY messages DESC, reason;
