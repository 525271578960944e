// Prints the messages of a channel, one a line, and reconnects with its cursor until the channel
// ends. Needs Go 1.19, and for `ws` the package github.com/gorilla/websocket.
//
//	go run trilane.go (longpoll|sse|ws) URL CHANNEL [CURSOR]
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Above two heartbeats, and above the wait of a poll (25 s).
const silence = 40 * time.Second

type client struct{ url, channel, cursor string }

type message struct {
	ID      string          `json:"id"`
	Channel string          `json:"channel"`
	Event   string          `json:"event,omitempty"`
	Message json.RawMessage `json:"message"`
	Time    int64           `json:"time"`
	End     bool            `json:"end,omitempty"`
}

type reset struct{ After, Oldest, Cursor string }

// The channel has ended: nothing will follow.
var errEnded = errors.New("the channel has ended")

type refused struct{ status string }

func (r refused) Error() string { return "refused: " + r.status }

func (c *client) address(path string) string {
	query := url.Values{"channel": {c.channel}}
	if c.cursor != "" {
		query.Set("after", c.cursor)
	}
	return c.url + path + "?" + query.Encode()
}

func (c *client) get(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", c.address(path), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != 200 {
		response.Body.Close()
		if response.StatusCode == 204 {
			return nil, errEnded
		}
		if strings.Contains("400 401 403 404", response.Status[:3]) {
			return nil, refused{response.Status}
		}
		return nil, errors.New(response.Status)
	}
	return response.Body, nil
}

func (c *client) received(m message) {
	line, _ := json.Marshal(m)
	fmt.Println(string(line))
	c.cursor = m.ID
}

func (c *client) lost(r reset) {
	log.Printf("lost messages: %+v", r)
	c.cursor = r.Cursor
}

func (c *client) longpoll() error {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), silence)
		body, err := c.get(ctx, "/poll")
		var batch struct {
			Reset    *reset
			Messages []message
			Cursor   string
			End      bool
		}
		if err == nil {
			err = json.NewDecoder(body).Decode(&batch)
			body.Close()
		}
		cancel()
		if err != nil {
			return err
		}
		if batch.Reset != nil {
			c.lost(*batch.Reset)
		}
		for _, m := range batch.Messages {
			c.received(m)
		}
		c.cursor = batch.Cursor
		if batch.End {
			return errEnded
		}
	}
}

func (c *client) sse() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dead := time.AfterFunc(silence, cancel)
	body, err := c.get(ctx, "/events")
	if err != nil {
		return err
	}
	defer body.Close()
	event := map[string]string{}
	lines := bufio.NewScanner(body)
	// A line holds a message: the default of 64 KiB is too little.
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		dead.Reset(silence)
		if lines.Text() != "" {
			field, value, _ := strings.Cut(lines.Text(), ":")
			event[field] = strings.TrimPrefix(value, " ")
			continue
		}
		switch event["event"] {
		case "hello":
		case "end":
			return errEnded
		case "reset":
			log.Print("lost messages: ", event["data"])
		default: // a message, which may have a name
			var m message
			if err := json.Unmarshal([]byte(event["data"]), &m); err != nil {
				return err
			}
			c.received(m)
		}
		c.cursor = event["id"]
		event = map[string]string{}
	}
	return lines.Err()
}

func (c *client) ws() error {
	socket, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(c.address("/ws"), "http"), nil)
	if err != nil {
		return err
	}
	defer socket.Close()
	pong := socket.PingHandler()
	alive := func() { socket.SetReadDeadline(time.Now().Add(silence)) }
	socket.SetPingHandler(func(data string) error { alive(); return pong(data) })
	for {
		alive()
		var frame struct {
			message
			Hello *struct{ Cursor string }
			Reset *reset
			End   json.RawMessage `json:"end"` // in a message it is true
		}
		if err := socket.ReadJSON(&frame); err != nil {
			return err
		}
		switch {
		case frame.Hello != nil:
			c.cursor = frame.Hello.Cursor
		case frame.Reset != nil:
			c.lost(*frame.Reset)
		case frame.ID != "":
			frame.message.End = frame.End != nil
			c.received(frame.message)
		case frame.End != nil:
			return errEnded
		}
	}
}

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: go run trilane.go (longpoll|sse|ws) URL CHANNEL [CURSOR]")
	}
	c := &client{url: os.Args[2], channel: os.Args[3]}
	if len(os.Args) > 4 {
		c.cursor = os.Args[4]
	}
	subscribe := map[string]func() error{"longpoll": c.longpoll, "sse": c.sse, "ws": c.ws}[os.Args[1]]
	for {
		err := subscribe()
		if err == errEnded {
			return
		}
		if errors.As(err, &refused{}) {
			log.Fatal(err)
		}
		log.Print("reconnecting: ", err)
		time.Sleep(time.Duration(500+rand.Intn(2500)) * time.Millisecond)
	}
}
