<?php
// The amoCRM return page in plain PHP: one file, one user, tokens in a JSON file.

declare(strict_types=1);

const LINK = 'foryoure://amo-crm/callback';
const CONNECTED = 'Your AMO CRM account has been successfully connected.';
$file = getenv('TOKENS_FILE') ?: 'tokens.json';

function page(string $title, string $heading, string $message, string $query): void
{
    header('Content-Type: text/html; charset=utf-8');
    header('Cache-Control: no-store');
    header('Referrer-Policy: no-referrer');
    [$message, $link] = [htmlspecialchars($message), htmlspecialchars(LINK . '?' . $query)];
    echo <<<HTML
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>$title</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>body { font-family: sans-serif; text-align: center; padding: 40px 20px }
        a { display: inline-block; padding: 14px 28px }</style></head>
        <body><h1>$heading</h1><p>$message</p><p>Please tap the button below to return to the app:</p>
        <a role="button" href="$link">Return to App</a></body></html>
        HTML;
}

/** Ask amoCRM's account host; RuntimeException with what the user may read. */
function amo(string $path, array $options): array
{
    $request = curl_init(rtrim(getenv('AMO_URL'), '/') . $path);
    curl_setopt_array($request, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 10]);
    $body = json_decode((string) curl_exec($request), true) ?? [];
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($status < 200 || $status >= 300) {
        throw new RuntimeException($body['hint'] ?? $body['title'] ?? 'AMO CRM does not answer');
    }
    return $body;
}

function exchange(string $code, string $file): void
{
    $tokens = amo('/oauth2/access_token', [
        CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
        CURLOPT_POSTFIELDS => json_encode([
            'grant_type' => 'authorization_code',
            'code' => $code,
            'client_id' => getenv('AMO_CLIENT_ID'),
            'client_secret' => getenv('AMO_CLIENT_SECRET'),
            'redirect_uri' => getenv('AMO_REDIRECT_URI'),
        ]),
    ]);
    file_put_contents($file, json_encode($tokens), LOCK_EX);
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/api/amo-crm/callback') {
    if (empty($_GET['code'])) {
        page('AMO CRM Authorization', '✗ Authorization code is missing', '', 'error=missing_code');
        return;
    }
    try {
        exchange((string) $_GET['code'], $file);
    } catch (RuntimeException $error) {
        $reason = $error->getMessage();
        page('AMO CRM Authorization Error', '✗ Authorization failed', $reason, 'error=' . rawurlencode($reason));
        return;
    }
    $query = 'success=true&state=' . rawurlencode((string) ($_GET['state'] ?? ''));
    page('AMO CRM Authorization', '✓ Authorization successful!', CONNECTED, $query);
} elseif ($path === '/api/amo-crm/status') {
    header('Content-Type: application/json');
    echo json_encode(['connected' => is_file($file)]);
} elseif ($path === '/api/leads' && is_file($file)) {
    $token = json_decode(file_get_contents($file), true)['access_token'];
    header('Content-Type: application/json');
    $body = amo('/api/v4/leads', [CURLOPT_HTTPHEADER => ["Authorization: Bearer $token"]]);
    echo json_encode(['leads' => $body['_embedded']['leads'] ?? []]);
} else {
    http_response_code($path === '/health' ? 200 : 404);
}
