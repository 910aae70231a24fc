// What Go's net/http understood of a request.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	answer := func(guarded bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			length, _ := io.Copy(io.Discard, r.Body)
			id := r.Header.Get("X-Request-Id")
			if id == "" {
				id = "-"
			}
			host := strings.TrimSuffix(strings.ToLower(strings.Split(r.Host, ":")[0]), ".")
			w.Header().Set("X-Seen", fmt.Sprintf("%s %s %d %x", r.Method, id, length, r.URL.Path))
			text := "seen"
			if guarded || host == "secret.example" {
				text = os.Getenv("MARK")
			}
			io.WriteString(w, text)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/admin", answer(true))
	mux.HandleFunc("/admin/", answer(true))
	mux.HandleFunc("/", answer(false))
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux); err != nil {
		panic(err)
	}
}
