using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Phi4R.Tests.Inference;

/// <summary>
/// A server that gives every request the same answer after the same time and costs next to nothing itself, so that what
/// a client costs can be seen; it counts how much of its places was held.
/// </summary>
internal sealed class SteadyChatServer : IDisposable
{
    private const string Body =
        """{"id": "a", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": """
        + """{"role": "assistant", "content": "So it is \\boxed{18}."}}], """
        + "\"usage\": {\"prompt_tokens\": 30, \"completion_tokens\": 7}}";

    private static readonly byte[] Reply = Encoding.UTF8.GetBytes(
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TimeSpan _delay;
    private readonly Lock _gate = new();
    private int _inFlight;
    private int _answered;
    private long _first;
    private long _seen;
    private double _held;

    /// <param name="delay">From a request's last byte to its answer.</param>
    public SteadyChatServer(TimeSpan delay)
    {
        _delay = delay;
        _listener.Start(backlog: 256);
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Whole answers since the last <see cref="Restart"/>.</summary>
    public int Answered => _answered;

    /// <summary>
    /// What so many places gave of what they could have, between the first request and the last answer: their answers
    /// by the clock, and the share of their time in which a request was there.
    /// </summary>
    public (double ByTheClock, double Held) Busy(int places)
    {
        lock (_gate)
        {
            var time = Stopwatch.GetElapsedTime(_first, _seen).TotalSeconds;
            return (_answered * _delay.TotalSeconds / places / time, _held / places / time);
        }
    }

    /// <summary>Counts from here on.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            (_answered, _first, _held) = (0, 0, 0);
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The server is gone.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        socket.NoDelay = true;
        var (text, had) = (new byte[1 << 16], 0);
        try
        {
            while (true)
            {
                int whole;
                while ((whole = Length(text.AsSpan(0, had))) > had)
                {
                    var read = await socket.ReceiveAsync(text.AsMemory(had));
                    if (read == 0)
                    {
                        return;
                    }

                    had += read;
                }

                Count(+1);
                text.AsSpan(whole, had - whole).CopyTo(text);
                had -= whole;
                await Task.Delay(_delay);
                Count(-1);
                await socket.SendAsync(Reply);
            }
        }
        catch (SocketException)
        {
            // The client went away.
        }
    }

    private void Count(int more)
    {
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            _held += _first == 0 ? 0 : _inFlight * Stopwatch.GetElapsedTime(_seen, now).TotalSeconds;
            _first = _first == 0 ? now : _first;
            _seen = now;
            _inFlight += more;
            _answered += more < 0 ? 1 : 0;
        }
    }

    // Bytes of the request that begins here, as far as is known; more than there are while it is not whole.
    private static int Length(ReadOnlySpan<byte> text)
    {
        var head = text.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return text.Length + 1;
        }

        var field = text[..head].IndexOf("Content-Length: "u8);
        var digits = field < 0 ? [] : text[(field + "Content-Length: ".Length)..head];
        var end = digits.IndexOf((byte)'\r');
        return head + 4 + (field < 0 ? 0 : int.Parse(end < 0 ? digits : digits[..end]));
    }
}
