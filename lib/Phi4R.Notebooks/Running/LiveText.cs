using System.Text;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Running;

/// <summary>What a cell prints, on its way to a terminal: whole lines, indented.</summary>
internal sealed class LiveText(TextWriter terminal)
{
    private const string Indent = "      | ";
    private readonly StringBuilder _line = new();
    private readonly Lock _lock = new();

    public void Write(CellOutput output)
    {
        if (output is StreamOutput stream)
        {
            lock (_lock)
            {
                foreach (var letter in stream.Text)
                {
                    if (letter == '\n')
                    {
                        End();
                    }
                    else
                    {
                        _line.Append(letter);
                    }
                }
            }
        }
    }

    /// <summary>Prints a line that has no end yet.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            if (_line.Length > 0)
            {
                End();
            }
        }
    }

    private void End()
    {
        // A carriage return writes over the line, as a progress bar does: only its last state is worth a line here.
        var line = _line.ToString().TrimEnd('\r');
        terminal.WriteLine(Indent + line[(line.LastIndexOf('\r') + 1)..]);
        terminal.Flush();
        _line.Clear();
    }
}
