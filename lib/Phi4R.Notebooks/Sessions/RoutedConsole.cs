using System.Text;
using Microsoft.DotNet.Interactive;

namespace Phi4R.Notebooks.Sessions;

/// <summary>Sends what cells print to their outputs, and what anything else prints to where it went before.</summary>
internal sealed class RoutedConsole : TextWriter
{
    private static readonly Lock Installing = new();
    private static TextWriter? Output;
    private static TextWriter? Errors;

    private readonly string _stream;
    private readonly TextWriter _original;

    private RoutedConsole(string stream, TextWriter original)
    {
        _stream = stream;
        _original = original;
        CoreNewLine = ['\n'];
    }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>
    /// Takes over the process's console, once; again where a cell has put another writer there, which is that cell's
    /// alone.
    /// </summary>
    public static void Install()
    {
        lock (Installing)
        {
            if (Output is null || Errors is null)
            {
                Console.SetOut(new RoutedConsole("stdout", Console.Out));
                Console.SetError(new RoutedConsole("stderr", Console.Error));
                Console.SetIn(new RoutedInput(Console.In));
                (Output, Errors) = (Console.Out, Console.Error);
            }
            else if (Console.Out != Output || Console.Error != Errors)
            {
                Console.SetOut(Output);
                Console.SetError(Errors);
            }
        }
    }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (KernelInvocationContext.Current is { } cell)
        {
            cell.Print(_stream, buffer);
        }
        else
        {
            _original.Write(buffer);
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void WriteLine(ReadOnlySpan<char> buffer) => Write([.. buffer, '\n']);

    public override void Flush() => _original.Flush();

    /// <summary>Console.ReadLine in a cell asks the reader.</summary>
    private sealed class RoutedInput(TextReader original) : TextReader
    {
        public override string? ReadLine() =>
            KernelInvocationContext.Current is { } cell ? cell.Ask("", secret: false) : original.ReadLine();

        public override int Read() => KernelInvocationContext.Current is null ? original.Read() : -1;

        public override int Peek() => KernelInvocationContext.Current is null ? original.Peek() : -1;
    }
}
