using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Sessions;

/// <summary>How a cell ended.</summary>
/// <param name="Error">Null when it ended well.</param>
public sealed record CellResult(ErrorOutput? Error, TimeSpan Time);
