using System.Diagnostics;
using System.Text;

namespace Phi4R.Notebooks.Outputs;

/// <summary>The outputs of one cell on their way out: joins small writes, and cuts what no page could hold.</summary>
/// <remarks>
/// A cell keeps the first <see cref="MostText"/> characters that it prints and the first <see cref="MostDisplayed"/>
/// that it displays; what is cut is counted and said at the end of the cell. Updates in place count for their size now,
/// not for their sum.
/// </remarks>
internal sealed class CellOutputs(IOutputSink sink) : IDisposable
{
    /// <summary>Characters of printed text that a cell keeps.</summary>
    public const int MostText = 1_000_000;

    /// <summary>Characters of displayed values that a cell keeps.</summary>
    public const int MostDisplayed = 20_000_000;

    private const int FlushAt = 8_192;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private Timer? _timer;
    private string _stream = "stdout";
    private long _printed;
    private long _displayed;
    private int _displaysCut;
    private long _flushed;

    public void Print(string stream, ReadOnlySpan<char> text)
    {
        lock (_lock)
        {
            var room = MostText - _printed;
            _printed += text.Length;
            if (room <= 0)
            {
                return;
            }

            if (stream != _stream)
            {
                Flush();
                _stream = stream;
            }

            _text.Append(text[..(int)Math.Min(room, text.Length)]);
            if (_text.Length >= FlushAt
                || (_text.Length > 0 && _text[^1] == '\n' && Stopwatch.GetElapsedTime(_flushed) > Patience))
            {
                Flush();
            }
            else
            {
                _timer ??= new Timer(_ => { lock (_lock) { Flush(); } });
                _timer.Change(Patience, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Write(CellOutput output)
    {
        lock (_lock)
        {
            Flush();
            if (output is DisplayOutput display)
            {
                _displayed += display.Data.Length;
                if (_displayed > MostDisplayed)
                {
                    _displaysCut++;
                    return;
                }
            }

            sink.Write(output is ResultOutput result && result.Data.Length > MostDisplayed
                ? new ResultOutput(MimeBundle.Text($"[The result has {result.Data.Length:N0} characters; the limit "
                    + $"is {MostDisplayed:N0}. Show a part of it.]"))
                : output is UpdateOutput update && update.Data.Length > MostDisplayed
                    ? new UpdateOutput(MimeBundle.Text($"[The update has {update.Data.Length:N0} characters; the "
                        + $"limit is {MostDisplayed:N0}.]"), update.DisplayId)
                    : output);
        }
    }

    public string? Ask(string prompt, bool secret)
    {
        lock (_lock)
        {
            Flush();
        }

        return sink.Ask(prompt, secret);
    }

    /// <summary>Sends what waits and says what was cut.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            Flush();
            if (_printed > MostText)
            {
                sink.Write(new StreamOutput("stderr", $"\n[Output truncated: {_printed:N0} characters printed, the "
                    + $"first {MostText:N0} kept.]\n"));
            }

            if (_displaysCut > 0)
            {
                sink.Write(new StreamOutput("stderr", $"\n[Output truncated: {_displaysCut:N0} displays left out; "
                    + $"together {_displayed:N0} characters, the limit is {MostDisplayed:N0}.]\n"));
            }
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Flush()
    {
        if (_text.Length > 0)
        {
            var text = _text.ToString();
            _text.Clear();
            sink.Write(new StreamOutput(_stream, text));
            _flushed = Stopwatch.GetTimestamp();
        }
    }
}
