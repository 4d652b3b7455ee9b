using System.Diagnostics;
using System.Globalization;

namespace Phi4R.Notebooks.Outputs;

/// <summary>Takes the text of a value, up to what a cell may display and a reader waits for.</summary>
/// <remarks>Parts within parts can be more than a memory holds, and reading them can take minutes.</remarks>
internal sealed class BoundedWriter() : StringWriter(CultureInfo.InvariantCulture)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <exception cref="UnboundedValueException">It is more.</exception>
    public override void Write(char value)
    {
        Check();
        base.Write(value);
    }

    /// <exception cref="UnboundedValueException">It is more.</exception>
    public override void Write(string? value)
    {
        Check();
        base.Write(value);
    }

    /// <exception cref="UnboundedValueException">It is more.</exception>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        Check();
        base.Write(buffer);
    }

    /// <exception cref="UnboundedValueException">It is more.</exception>
    public override void Write(char[] buffer, int index, int count)
    {
        Check();
        base.Write(buffer, index, count);
    }

    private void Check()
    {
        var length = GetStringBuilder().Length;
        if (length > CellOutputs.MostDisplayed)
        {
            throw new UnboundedValueException($"[The value has more than {CellOutputs.MostDisplayed:N0} characters. "
                + "Show a part of it.]");
        }

        if (Stopwatch.GetElapsedTime(_start) > Patience)
        {
            throw new UnboundedValueException($"[The value took more than {Patience.TotalSeconds:0} s to write; "
                + $"{length:N0} characters were written. Show a part of it.]");
        }
    }
}

/// <summary>A value that is too much to be shown.</summary>
/// <param name="message">What is shown instead.</param>
internal sealed class UnboundedValueException(string message) : Exception(message);
