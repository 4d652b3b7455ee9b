using System.Text;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>
/// Writes what others wrote (cells, notebooks, native libraries) to a terminal that obeys none of it.
/// </summary>
internal sealed class InertWriter(TextWriter terminal) : TextWriter
{
    public override Encoding Encoding => terminal.Encoding;

    public override void Write(char value) => terminal.Write(TerminalText.Inert(value.ToString()));

    public override void Write(string? value) => terminal.Write(TerminalText.Inert(value ?? ""));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => terminal.WriteLine(TerminalText.Inert(value ?? ""));

    public override void Flush() => terminal.Flush();
}
