// The amoCRM return page in Go: one file, one user, tokens in a JSON file.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const connected = "Your AMO CRM account has been successfully connected."

var (
	file   = os.Getenv("TOKENS_FILE")
	client = http.Client{Timeout: 10 * time.Second}
	page   = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { font-family: sans-serif; text-align: center; padding: 40px 20px }
a { display: inline-block; padding: 14px 28px }</style></head>
<body><h1>{{.Heading}}</h1><p>{{.Message}}</p><p>Please tap the button below to return to the app:</p>
<a role="button" href="{{.Link}}">Return to App</a></body></html>`))
)

func show(w http.ResponseWriter, title, heading, message string, query url.Values) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	link := template.URL("foryoure://amo-crm/callback?" + strings.ReplaceAll(query.Encode(), "+", "%20"))
	page.Execute(w, map[string]any{"Title": title, "Heading": heading, "Message": message, "Link": link})
}

func exchange(code string) error {
	body, _ := json.Marshal(map[string]string{
		"grant_type": "authorization_code", "code": code, "client_id": os.Getenv("AMO_CLIENT_ID"),
		"client_secret": os.Getenv("AMO_CLIENT_SECRET"), "redirect_uri": os.Getenv("AMO_REDIRECT_URI"),
	})
	answer, err := client.Post(os.Getenv("AMO_URL")+"/oauth2/access_token", "application/json", bytes.NewReader(body))
	if err != nil {
		return errors.New("AMO CRM does not answer")
	}
	defer answer.Body.Close()
	var told struct{ Access_token, Hint, Title string }
	if json.NewDecoder(answer.Body).Decode(&told) != nil || told.Access_token == "" {
		return errors.New("AMO CRM refuses: " + told.Hint + told.Title)
	}
	return os.WriteFile(file, []byte(told.Access_token), 0o600)
}

func callback(w http.ResponseWriter, r *http.Request) {
	code, state := r.FormValue("code"), r.FormValue("state")
	if code == "" {
		show(w, "AMO CRM Authorization", "✗ Authorization code is missing", "", url.Values{"error": {"missing_code"}})
	} else if err := exchange(code); err != nil {
		show(w, "AMO CRM Authorization Error", "✗ Authorization failed", err.Error(), url.Values{"error": {err.Error()}})
	} else {
		show(w, "AMO CRM Authorization", "✓ Authorization successful!", connected, url.Values{"success": {"true"}, "state": {state}})
	}
}

func leads(w http.ResponseWriter, r *http.Request) {
	token, _ := os.ReadFile(file) // nothing where nobody is connected
	ask, _ := http.NewRequest("GET", os.Getenv("AMO_URL")+"/api/v4/leads", nil)
	ask.Header.Set("Authorization", "Bearer "+string(token))
	var body struct {
		Embedded struct{ Leads []any } `json:"_embedded"`
	}
	if answer, err := client.Do(ask); err == nil {
		defer answer.Body.Close()
		json.NewDecoder(answer.Body).Decode(&body)
	}
	json.NewEncoder(w).Encode(map[string]any{"leads": append([]any{}, body.Embedded.Leads...)}) // a list, also of none
}

func main() {
	http.HandleFunc("/api/amo-crm/callback", callback)
	http.HandleFunc("/api/leads", leads)
	http.HandleFunc("/api/amo-crm/status", func(w http.ResponseWriter, r *http.Request) {
		_, err := os.Stat(file)
		json.NewEncoder(w).Encode(map[string]bool{"connected": err == nil})
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
