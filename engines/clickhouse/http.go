package clickhouse

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// httpDriver speaks ClickHouse's HTTP interface: https://clickhouse.com/docs/interfaces/http
type httpDriver struct {
	client   *http.Client
	endpoint url.URL
	params   url.Values
	user     string
	password string
	closed   atomic.Bool
}

// OpenHTTP returns a driver for the server at a URL like http://user:password@host:8123/?database=pitboss. Further
// query parameters are sent with every statement as ClickHouse settings. The user must be allowed to change settings
// (readonly 0 or 2), because a statement's time limit is one. It does not connect yet.
func OpenHTTP(rawURL string) (Driver, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: address: %w", err.(*url.Error).Err) // without the address: it holds a password
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("clickhouse: the address of a server is http(s)://host:port, not a %q address", u.Scheme)
	}
	d := &httpDriver{
		client: &http.Client{Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     2 * time.Second, // ClickHouse closes idle connections after 3 s or more
		}},
		params: u.Query(),
	}
	if u.User != nil {
		d.user = u.User.Username()
		d.password, _ = u.User.Password()
	}
	d.endpoint = url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if d.endpoint.Path == "" {
		d.endpoint.Path = "/"
	}
	return d, nil
}

// Query sends the statement as the body, so its length has no limit.
func (d *httpDriver) Query(ctx context.Context, sql, format string) ([]byte, error) {
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	return d.post(ctx, url.Values{"default_format": {format}}, strings.NewReader(sql))
}

// Insert sends the statement in the address and the rows as the body.
func (d *httpDriver) Insert(ctx context.Context, table, format string, data []byte) error {
	sql, err := insertSQL(table, format)
	if err != nil {
		return err
	}
	_, err = d.post(ctx, url.Values{"query": {sql}}, bytes.NewReader(data))
	return err
}

// Close drops idle connections.
func (d *httpDriver) Close() error {
	d.closed.Store(true)
	d.client.CloseIdleConnections()
	return nil
}

func (d *httpDriver) post(ctx context.Context, params url.Values, body io.Reader) ([]byte, error) {
	if d.closed.Load() {
		return nil, ErrClosed
	}
	for name, values := range d.params {
		params[name] = values
	}
	// The server answers only when the statement has succeeded or failed as a whole; otherwise an error after the
	// first rows would come as status 200 with a broken body.
	params.Set("wait_end_of_query", "1")
	params.Set("cancel_http_readonly_queries_on_client_close", "1")
	if limit := executionTime(ctx); limit != "0" {
		params.Set("max_execution_time", limit)
	}
	endpoint := d.endpoint
	endpoint.RawQuery = params.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.String(), body)
	if err != nil {
		return nil, err
	}
	if d.user != "" {
		req.Header.Set("X-ClickHouse-User", d.user)
		req.Header.Set("X-ClickHouse-Key", d.password)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: reading the result: %w", err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-ClickHouse-Exception-Code") != "" {
		return nil, newError(refusal(resp.Status, answer))
	}
	return answer, nil
}

func refusal(status string, answer []byte) string {
	if text := strings.TrimSpace(string(answer)); text != "" {
		return text
	}
	return status
}
