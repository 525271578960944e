// Prints what arrives from a channel, and reconnects with its cursor until the channel ends. Needs
// Java 17 and no library.
//
//   java Trilane.java (longpoll|sse|ws) URL CHANNEL [CURSOR]
//
// A program of yours reads what is printed with its JSON library. Here only cursors are read.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

class Trilane {
    static final Pattern CURSOR = Pattern.compile("\"(?:cursor|id)\":\"([0-9]+-[0-9]+)\"");
    static final Duration SILENCE = Duration.ofSeconds(40);
    static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final String url, channel;
    volatile String cursor;

    Trilane(String url, String channel, String cursor) {
        this.url = url;
        this.channel = channel;
        this.cursor = cursor;
    }

    URI address(String path) {
        return URI.create(url + path + "?channel=" + channel + (cursor.isEmpty() ? "" : "&after=" + cursor));
    }

    void longpoll() throws Exception {
        while (true) {
            var request = HttpRequest.newBuilder(address("/poll")).timeout(SILENCE).build();
            var body = check(CLIENT.send(request, HttpResponse.BodyHandlers.ofString())).body();
            if (!body.startsWith("{\"messages\":[],")) System.out.println(body);
            // The cursor of the response is its last field.
            var found = CURSOR.matcher(body.substring(body.lastIndexOf("\"cursor\"")));
            if (found.find()) cursor = found.group(1);
            if (body.endsWith("\",\"end\":true}")) System.exit(0);
        }
    }

    void sse() throws Exception {
        var request = HttpRequest.newBuilder(address("/events")).build();
        try (var lines = check(CLIENT.send(request, HttpResponse.BodyHandlers.ofLines())).body()) {
            var event = new StringBuilder();
            for (var line : (Iterable<String>) lines::iterator) {
                if (line.startsWith("data: ")) event.append(line.substring(6));
                else if (line.equals("event: end")) System.exit(0);
                else if (line.startsWith("id: ")) cursor = line.substring(4);
                else if (line.isEmpty()) {
                    System.out.println(event);
                    event.setLength(0);
                }
            }
        }
    }

    void ws() throws Exception {
        var closed = new CompletableFuture<String>();
        var listener = new WebSocket.Listener() {
            final StringBuilder text = new StringBuilder();

            public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
                text.append(part);
                if (last) {
                    if (text.indexOf("{\"end\":") == 0) System.exit(0);
                    System.out.println(text);
                    var found = CURSOR.matcher(text);
                    if (found.find()) cursor = found.group(1);
                    text.setLength(0);
                }
                return WebSocket.Listener.super.onText(socket, part, last);
            }

            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(code + " " + reason);
                return null;
            }

            public void onError(WebSocket socket, Throwable error) {
                closed.completeExceptionally(error);
            }
        };
        var scheme = URI.create(address("/ws").toString().replaceFirst("^http", "ws"));
        CLIENT.newWebSocketBuilder().buildAsync(scheme, listener).get(10, TimeUnit.SECONDS);
        System.err.println("closed: " + closed.get());
    }

    /** Stops where a retry would fail in the same way. */
    static <T> HttpResponse<T> check(HttpResponse<T> response) throws IOException {
        int status = response.statusCode();
        if (status == 400 || status == 401 || status == 403 || status == 404) {
            System.err.println("refused with " + status);
            System.exit(1);
        }
        if (status == 204) System.exit(0);
        if (status != 200) throw new IOException("status " + status);
        return response;
    }

    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length < 3) {
            System.err.println("usage: java Trilane.java (longpoll|sse|ws) URL CHANNEL [CURSOR]");
            System.exit(2);
        }
        var client = new Trilane(arguments[1], arguments[2], arguments.length > 3 ? arguments[3] : "");
        while (true) {
            try {
                switch (arguments[0]) {
                    case "longpoll" -> client.longpoll();
                    case "sse" -> client.sse();
                    case "ws" -> client.ws();
                    default -> System.exit(2);
                }
            } catch (Exception error) {
                System.err.println("reconnecting: " + error);
            }
            Thread.sleep(ThreadLocalRandom.current().nextLong(500, 3000));
        }
    }
}
