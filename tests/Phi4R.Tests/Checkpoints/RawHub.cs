using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Phi4R.Tests.Checkpoints;

/// <summary>A server on this machine that sends the bytes it is told to, whether they are an answer or not.</summary>
internal sealed class RawHub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string, IEnumerable<byte[]>> _answer;
    private long _sent;

    /// <param name="answer">The pieces of an answer to a method and a path; without end if it likes.</param>
    public RawHub(Func<string, string, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        _listener.Start();
        Endpoint = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = Task.Run(Listen);
    }

    public Uri Endpoint { get; }

    /// <summary>Bytes that went out.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A whole answer.</summary>
    public static byte[] Answer(string status, string headers, byte[] body) =>
        [.. Text($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{headers}\r\n"), .. body];

    public void Dispose() => _listener.Dispose();

    private async Task Listen()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return; // The test is over.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = connection.GetStream();
            var head = new StringBuilder();
            var buffer = new byte[4096];
            while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var count = await stream.ReadAsync(buffer);
                if (count == 0)
                {
                    return;
                }

                head.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            var words = head.ToString().Split(' ', 3);
            foreach (var piece in _answer(words[0], words[1]))
            {
                await stream.WriteAsync(piece);
                Interlocked.Add(ref _sent, piece.Length);
            }

            connection.Client.Shutdown(SocketShutdown.Send);
            // Until the other side has read it all.
            _ = await stream.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            return; // The other side has hung up.
        }
    }
}
