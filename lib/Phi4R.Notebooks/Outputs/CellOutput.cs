namespace Phi4R.Notebooks.Outputs;

/// <summary>One thing that a cell shows, as Jupyter names them.</summary>
public abstract record CellOutput;

/// <summary>Text on a stream.</summary>
/// <param name="Name">stdout or stderr.</param>
public sealed record StreamOutput(string Name, string Text) : CellOutput;

/// <summary>A picture, table or other value, shown while the cell runs.</summary>
/// <param name="DisplayId">Names it for later updates.</param>
public sealed record DisplayOutput(MimeBundle Data, string DisplayId) : CellOutput;

/// <summary>New content for something shown earlier, perhaps by an earlier cell.</summary>
public sealed record UpdateOutput(MimeBundle Data, string DisplayId) : CellOutput;

/// <summary>The value of the cell's last expression.</summary>
public sealed record ResultOutput(MimeBundle Data) : CellOutput;

/// <summary>Why the cell failed.</summary>
/// <param name="Name">The exception's type, or CompileError.</param>
/// <param name="Message">One line or more, without the trace.</param>
/// <param name="Trace">The lines to print, message included; frames are the cells' own.</param>
/// <param name="Place">Such as "cell 7:line 3"; null where no line of a cell is to blame.</param>
public sealed record ErrorOutput(string Name, string Message, IReadOnlyList<string> Trace, string? Place) : CellOutput;

/// <summary>Where a cell's outputs go; called from any thread, one call at a time for each cell.</summary>
public interface IOutputSink
{
    void Write(CellOutput output);

    /// <summary>Asks the person in front of the notebook; null where there is none.</summary>
    string? Ask(string prompt, bool secret);
}
