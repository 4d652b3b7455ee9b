namespace Phi4R.Notebooks.Running;

/// <summary>How notebooks are run.</summary>
public sealed record RunSettings
{
    /// <summary>Where executed notebooks and pages go.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>New values for declared parameters, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    /// <summary>The longest that one cell may take; null means without limit.</summary>
    public TimeSpan? CellTimeout { get; init; }

    /// <summary>Write executed notebooks without outputs; the pages keep them.</summary>
    public bool StripOutputs { get; init; }

    /// <summary>Write the executed notebook over its source.</summary>
    public bool InPlace { get; init; }

    /// <summary>Run the notebooks after one that failed.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>What runs the cells.</summary>
    public CellEngine Engine { get; init; } = CellEngine.Phi4R;

    /// <summary>Where the executed copy of a notebook goes.</summary>
    public string ExecutedPath(string notebook) => InPlace
        ? Path.GetFullPath(notebook)
        : Path.Combine(Path.GetFullPath(OutputFolder), Path.ChangeExtension(Path.GetFileName(notebook), ".ipynb"));

    /// <summary>Where the page of a notebook goes.</summary>
    public string PagePath(string notebook) =>
        Path.Combine(Path.GetFullPath(OutputFolder), Path.GetFileNameWithoutExtension(notebook) + ".html");
}

/// <summary>What runs the cells of a notebook.</summary>
public enum CellEngine
{
    /// <summary>This project's own session.</summary>
    Phi4R,

    /// <summary>The C# kernel of .NET Interactive, in the same process; its cells cannot be interrupted.</summary>
    Interactive,
}
