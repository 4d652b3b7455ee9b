namespace Phi4R.Notebooks.Sessions;

/// <summary>What runs the cells of one notebook, one at a time.</summary>
internal interface ICellEngine : IDisposable
{
    /// <summary>Queues a cell; outputs go to the sink while it runs, the error, if any, last.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="cell">How messages name it, such as "cell 7".</param>
    /// <param name="sink">Where outputs go.</param>
    Task<CellResult> RunAsync(string code, string cell, Outputs.IOutputSink sink);

    /// <summary>Stops the running cell where that can be done.</summary>
    void Stop();
}
