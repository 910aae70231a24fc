<?php
// What PHP's own server understood of a request.
$path = rawurldecode((string) parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH));
$host = rtrim(strtolower(explode(":", $_SERVER["HTTP_HOST"] ?? "")[0]), ".");
$guarded = $path === "/admin" || str_starts_with($path, "/admin/") || $host === "secret.example";
$body = strlen((string) file_get_contents("php://input"));
$id = $_SERVER["HTTP_X_REQUEST_ID"] ?? "-";
header("X-Seen: " . implode(" ", [$_SERVER["REQUEST_METHOD"], $id, $body, bin2hex($path)]));
echo $guarded ? getenv("MARK") : "seen";
