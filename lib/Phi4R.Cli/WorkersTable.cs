using System.Globalization;
using Phi4R.Cluster;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Phi4R.Cli;

/// <summary>What the workers of a cluster do, a row each and their sum.</summary>
internal static class WorkersTable
{
    private static readonly string[] Columns =
        ["worker", "", "parts", "at", "came back", "completions", "tokens", "tokens/s", "failed"];

    /// <summary>As a table of a terminal.</summary>
    public static IRenderable Of(IReadOnlyList<WorkerProgress> workers)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (column, i) in Columns.Select((column, i) => (column, i)))
        {
            table.AddColumn(column, added => (i < 2 ? added : added.RightAligned()).NoWrap());
        }

        foreach (var row in Rows(workers))
        {
            table.AddRow([.. row.Select(cell => new Spectre.Console.Text(cell))]);
        }

        return table;
    }

    /// <summary>As plain text.</summary>
    public static string Plain(IReadOnlyList<WorkerProgress> workers)
    {
        List<string[]> rows = [Columns, .. Rows(workers)];
        var widths = Columns.Select((_, i) => rows.Max(row => row[i].Length)).ToList();
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, i) =>
            i < 2 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd()));
    }

    private static IEnumerable<string[]> Rows(IReadOnlyList<WorkerProgress> workers) =>
        [.. workers.Select(worker => Row(worker.Name, State(worker.State), [worker])), Row("all", "", workers)];

    private static string[] Row(string name, string state, IReadOnlyList<WorkerProgress> of) =>
    [
        name, state, Number(of.Sum(one => one.PartsDone)), Number(of.Sum(one => one.PartsInFlight)),
        Number(of.Sum(one => one.PartsReturned)), Number(of.Sum(one => one.Tally.Completions)),
        Number(of.Sum(one => one.Tally.Tokens)), Number(of.Sum(one => one.TokensPerSecond)),
        Number(of.Sum(one => one.Tally.Failed)),
    ];

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string State(WorkerState state) => state switch
    {
        WorkerState.Works => "works",
        WorkerState.Rests => "rests",
        WorkerState.LeftOut => "left out",
        _ => "gone",
    };
}
