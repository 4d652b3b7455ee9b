using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Sessions;

/// <summary>Words for what went wrong in a cell: only the reader's own frames, each with cell and line.</summary>
internal static partial class ErrorText
{
    private const int MostDiagnostics = 20;

    public static ErrorOutput Of(Exception exception) => exception switch
    {
        CompileException compile => Of(compile),
        CellException cell => new ErrorOutput("CellError", cell.Message, [$"{cell.Place}: {cell.Message}"], cell.Place),
        _ => OfRun(exception),
    };

    /// <summary>
    /// The message of an exception that a cell may have written itself: its Message can be null, or throw.
    /// </summary>
    public static string MessageOf(Exception exception)
    {
        try
        {
            return exception.Message ?? "";
        }
        catch (Exception e)
        {
            return $"(its Message throws {e.GetType()})";
        }
    }

    private static ErrorOutput Of(CompileException exception)
    {
        List<string> lines = [];
        foreach (var diagnostic in exception.Diagnostics.Take(MostDiagnostics))
        {
            lines.Add($"{Place(diagnostic)}: error {diagnostic.Id}: "
                + $"{diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}");
            if (diagnostic.Location.SourceTree is { } tree)
            {
                var position = diagnostic.Location.GetLineSpan().StartLinePosition;
                var text = tree.GetText().Lines[position.Line].ToString().Replace('\t', ' ');
                lines.Add("    " + text);
                lines.Add("    " + new string(' ', Math.Min(position.Character, text.Length)) + "^");
            }
        }

        if (exception.Diagnostics.Length > MostDiagnostics)
        {
            lines.Add($"... and {exception.Diagnostics.Length - MostDiagnostics} more errors");
        }

        var first = exception.Diagnostics[0];
        return new ErrorOutput("CompileError", $"{first.Id}: {exception.Message}", lines, Place(first));
    }

    private static string Place(Diagnostic diagnostic)
    {
        var span = diagnostic.Location.GetLineSpan();
        return $"{span.Path}:line {span.StartLinePosition.Line + 1}";
    }

    private static ErrorOutput OfRun(Exception exception)
    {
        if (exception is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException
            && exception.InnerException is not null)
        {
            exception = exception.InnerException!;
        }

        List<string> lines = [];
        string? place = null;
        for (var (at, depth) = (exception, 0); at is not null; at = at.InnerException, depth++)
        {
            lines.Add($"{(depth == 0 ? "" : "caused by ")}{at.GetType()}: {WithoutNativeFrames(MessageOf(at))}");
            var frames = new StackTrace(at, fNeedFileInfo: true).GetFrames();
            if (frames.Length > 0 && !IsCell(frames[0]) && Thrower(frames[0]) is { } thrower)
            {
                lines.Add($"   thrown in {thrower}");
            }

            foreach (var frame in frames.Where(IsCell))
            {
                var here = $"{frame.GetFileName()}:line {frame.GetFileLineNumber()}";
                place ??= here;
                lines.Add($"   at {Readable(frame)} in {here}");
            }
        }

        return new ErrorOutput(exception.GetType().ToString(), WithoutNativeFrames(MessageOf(exception)), lines, place);
    }

    /// <summary>libtorch puts dozens of its own frames into a message; what went wrong stands before them.</summary>
    private static string WithoutNativeFrames(string message) => NativeFrames().Replace(message, "");

    private static bool IsCell(StackFrame frame) =>
        frame.GetFileName() is { } file && frame.GetFileLineNumber() > 0 && CellName().IsMatch(file);

    private static string? Thrower(StackFrame frame) => frame.GetMethod() is { DeclaringType: { } type } method
        ? $"{type.FullName?.Replace('+', '.')}.{method.Name}"
            + $"{(frame.GetFileName() is { } file
                ? $" ({Path.GetFileName(file)}:line {frame.GetFileLineNumber()})"
                : "")}"
        : null;

    private static string Readable(StackFrame frame)
    {
        var method = frame.GetMethod();
        var type = method?.DeclaringType?.FullName ?? "";
        var name = method?.Name ?? "";
        if (type.Contains("<<Initialize>>", StringComparison.Ordinal)
            || name.Contains("<Initialize>", StringComparison.Ordinal))
        {
            return "cell code";
        }

        var function = LocalFunction().Match(name) is { Success: true } local ? local.Groups[1].Value
            : StateMachine().Match(type) is { Success: true } machine ? machine.Groups[1].Value
            : name;
        return function + "()";
    }

    /// <summary>Such as "cell 7" or "a.ipynb, cell 2": no file on a disk is called so.</summary>
    [GeneratedRegex(@"(^|, )cell \d+$")]
    private static partial Regex CellName();

    [GeneratedRegex(@"\s*^Exception raised from .*\n(?:frame #\d+:.*\n?)*\s*\z", RegexOptions.Multiline)]
    private static partial Regex NativeFrames();

    [GeneratedRegex("g__([^|]+)\\|")]
    private static partial Regex LocalFunction();

    [GeneratedRegex("<([^<>]+)>d__")]
    private static partial Regex StateMachine();
}
