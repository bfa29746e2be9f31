"""Programs in other languages that send one token request, with what each language offers for it."""

URL = "https://acme.amocrm.ru/oauth2/access_token?a=1"

PHP_CURL = f"""
    $request = curl_init("{URL}");
    curl_setopt_array($request, [CURLOPT_POSTFIELDS => "x=1", CURLOPT_RETURNTRANSFER => true]);
    echo curl_exec($request) ?: curl_error($request);"""

PHP_GUZZLE = f"""
    require "/usr/share/php/GuzzleHttp/autoload.php";
    echo (new GuzzleHttp\\Client())->post("{URL}", ["body" => "x=1"])->getBody();"""

PHP_STREAM = f"""
    $context = stream_context_create(["http" => ["method" => "POST", "content" => "x=1"]]);
    echo file_get_contents("{URL}", false, $context);"""

RUBY = f"""
    require "net/http"
    puts Net::HTTP.post(URI("{URL}"), "x=1").body"""

GO = f"""package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func main() {{
	answer, err := http.Post("{URL}", "text/plain", strings.NewReader("x=1"))
	if err != nil {{
		panic(err)
	}}
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(string(body))
}}
"""

JAVA = f"""
import java.net.URI;
import java.net.http.*;

public class Client {{
    public static void main(String[] arguments) throws Exception {{
        var request = HttpRequest.newBuilder(URI.create("{URL}"))
            .POST(HttpRequest.BodyPublishers.ofString("x=1")).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }}
}}
"""

JAVA_URL_CONNECTION = f"""
import java.net.*;

public class Client {{
    public static void main(String[] arguments) throws Exception {{
        var connection = (HttpURLConnection) new URL("{URL}").openConnection();
        connection.setDoOutput(true);
        connection.getOutputStream().write("x=1".getBytes());
        System.out.println(new String(connection.getInputStream().readAllBytes()));
    }}
}}
"""
