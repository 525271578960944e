// Prints what arrives from a channel, and reconnects with its cursor until the channel ends. Needs
// .NET 10, or Mono, and no library.
//
//   dotnet run Trilane.cs -- (longpoll|sse|ws) URL CHANNEL [CURSOR]
//
// A program of yours reads what is printed with its JSON library. Here only cursors are read.

using System;
using System.IO;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

class Trilane
{
    // Above two heartbeats, and above the wait of a poll (25 s).
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);
    static readonly Regex Cursor = new Regex("\"(?:cursor|id)\":\"([0-9]+-[0-9]+)\"");
    static readonly HttpClient Client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };

    readonly string url, channel;
    string cursor;

    Trilane(string url, string channel, string cursor)
    {
        this.url = url;
        this.channel = channel;
        this.cursor = cursor;
    }

    string Address(string path) =>
        url + path + "?channel=" + channel + (cursor == "" ? "" : "&after=" + cursor);

    async Task Longpoll()
    {
        while (true)
        {
            using (var late = new CancellationTokenSource(Silence))
            using (var response = Check(await Client.GetAsync(Address("/poll"), late.Token)))
            {
                var body = await response.Content.ReadAsStringAsync();
                if (!body.StartsWith("{\"messages\":[],")) Print(body);
                // The cursor of the response is its last field.
                Advance(body.Substring(body.LastIndexOf("\"cursor\"")));
                if (body.EndsWith("\",\"end\":true}")) Environment.Exit(0);
            }
        }
    }

    async Task Sse()
    {
        var headers = HttpCompletionOption.ResponseHeadersRead;
        using (var response = Check(await Client.GetAsync(Address("/events"), headers)))
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
        {
            string data = "", name = "message";
            while (true)
            {
                var reading = reader.ReadLineAsync();
                if (await Task.WhenAny(reading, Task.Delay(Silence)) != reading)
                    throw new TimeoutException("the stream is dead");
                var line = await reading ?? throw new EndOfStreamException("the stream ended");
                if (line.StartsWith("data: ")) data = line.Substring(6);
                else if (line.StartsWith("event: ")) name = line.Substring(7);
                else if (line.StartsWith("id: ")) cursor = line.Substring(4);
                else if (line == "")
                {
                    if (name == "end") Environment.Exit(0);
                    if (name != "hello") Print(data);
                    name = "message";
                }
            }
        }
    }

    async Task Ws()
    {
        using (var socket = new ClientWebSocket())
        {
            var address = new Uri(Regex.Replace(Address("/ws"), "^http", "ws"));
            await socket.ConnectAsync(address, new CancellationTokenSource(Silence).Token);
            var buffer = new ArraySegment<byte>(new byte[16384]);
            while (true)
            {
                var frame = new MemoryStream();
                WebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer, CancellationToken.None);
                    frame.Write(buffer.Array, 0, part.Count);
                } while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw new EndOfStreamException("closed: " + part.CloseStatusDescription);
                var text = Encoding.UTF8.GetString(frame.ToArray());
                if (text.StartsWith("{\"end\":")) Environment.Exit(0);
                if (!text.StartsWith("{\"hello\":")) Print(text);
                Advance(text);
            }
        }
    }

    void Advance(string text)
    {
        var found = Cursor.Match(text);
        if (found.Success) cursor = found.Groups[1].Value;
    }

    static void Print(string text)
    {
        Console.WriteLine(text);
        Console.Out.Flush();
    }

    // Stops where a retry would fail in the same way.
    static HttpResponseMessage Check(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status == 400 || status == 401 || status == 403 || status == 404)
        {
            Console.Error.WriteLine("refused with " + status);
            Environment.Exit(1);
        }
        // The channel had ended before.
        if (status == 204) Environment.Exit(0);
        return response.EnsureSuccessStatusCode();
    }

    async Task Run(string transport)
    {
        var random = new Random();
        while (true)
        {
            try
            {
                if (transport == "longpoll") await Longpoll();
                else if (transport == "sse") await Sse();
                else await Ws();
            }
            catch (Exception error)
            {
                Console.Error.WriteLine("reconnecting: " + error.Message);
            }
            await Task.Delay(random.Next(500, 3000));
        }
    }

    static void Main(string[] arguments)
    {
        if (arguments.Length < 3 || !Regex.IsMatch(arguments[0], "^(longpoll|sse|ws)$"))
        {
            Console.Error.WriteLine("usage: Trilane.cs (longpoll|sse|ws) URL CHANNEL [CURSOR]");
            Environment.Exit(2);
        }
        var cursor = arguments.Length > 3 ? arguments[3] : "";
        new Trilane(arguments[1], arguments[2], cursor).Run(arguments[0]).GetAwaiter().GetResult();
    }
}
