using System.Diagnostics;
using System.Globalization;
using Phi4R.Cluster;
using Phi4R.Runs;
using Spectre.Console;

namespace Phi4R.Cli;

/// <summary>
/// Shows a run on the standard error: a table that changes in place on a terminal, plain lines anywhere else.
/// </summary>
internal sealed class TerminalRun
{
    // Plain lines of one stage are at least so far apart.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100);
    private readonly IAnsiConsole? _terminal;
    private readonly TextWriter _plain;
    private readonly Dictionary<string, (StageProgress Last, Stopwatch Clock, int First, TimeSpan Took)> _stages =
        new(StringComparer.Ordinal);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly WorkersMeter _meter;
    private IReadOnlyList<WorkerProgress> _workers = [];
    private LiveDisplayContext? _live;
    private string? _warned;

    internal TerminalRun(IAnsiConsole? terminal, TextWriter plain) =>
        (_terminal, _plain, _meter) = (terminal, plain, new(plain));

    /// <summary>Shows what happens while an action runs.</summary>
    /// <param name="isSilent">Whether another process shows it.</param>
    public static T Watch<T>(Func<TerminalRun, T> run, bool isSilent = false)
    {
        if (isSilent)
        {
            return run(new TerminalRun(null, TextWriter.Null));
        }

        if (Console.IsErrorRedirected)
        {
            return run(new TerminalRun(null, Console.Error));
        }

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var view = new TerminalRun(terminal, Console.Error);
        return terminal.Live(new Table()).AutoClear(false).Start(context =>
        {
            view._live = context;
            var result = run(view);
            view.Draw();
            return result;
        });
    }

    /// <summary>Tells a line.</summary>
    public void Say(string text)
    {
        if (_terminal is null)
        {
            _plain.WriteLine(text);
        }
        else
        {
            _terminal.WriteLine(text);
        }
    }

    /// <summary>Tells how far a stage is.</summary>
    public void Report(StageProgress step)
    {
        var isNew = !_stages.TryGetValue(step.Stage, out var known);
        if (isNew)
        {
            known = (step, Stopwatch.StartNew(), step.Step, TimeSpan.Zero);
        }

        _stages[step.Stage] = known with
        {
            Last = step,
            Took = step.Seconds is { } seconds ? known.Took + TimeSpan.FromSeconds(seconds) : known.Clock.Elapsed,
        };
        if (step.Warning is not null && Kind(step.Warning) != _warned)
        {
            Say($"{step.Stage}, step {step.Step}: warning: {step.Warning}");
        }

        // Told again only after a step without it, whatever its numbers.
        _warned = step.Warning is null ? null : Kind(step.Warning);
        var last = step.Steps > 0 && step.Step == step.Steps - 1;
        if (isNew || last || _sinceLast.Elapsed >= (_live is null ? Pause : Frame))
        {
            _sinceLast.Restart();
            if (_live is null)
            {
                _plain.WriteLine($"{step.Stage}: {How(step)}{Left(step)}{Values(step)}");
            }
            else
            {
                Draw();
            }
        }
    }

    /// <summary>Tells what the workers of a cluster do.</summary>
    public void Report(IReadOnlyList<WorkerProgress> workers)
    {
        _workers = workers;
        if (_live is null)
        {
            _meter.Report(workers);
        }
        else
        {
            Draw();
        }
    }

    private void Draw()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("stage", column => column.NoWrap())
            .AddColumn("", column => column.NoWrap()).AddColumns("step", "time", "now");
        foreach (var (stage, (last, _, _, took)) in _stages)
        {
            var share = last.Steps > 0 ? Math.Clamp((last.Step + 1.0) / last.Steps, 0, 1) : 0;
            var bar = new string('\u2588', (int)(12 * share)).PadRight(12, '\u2591');
            table.AddRow(new Spectre.Console.Text(stage), new Spectre.Console.Text(last.Steps > 0 ? bar : ""),
                new Spectre.Console.Text(How(last)), new Spectre.Console.Text(Time(took) + Left(last)),
                new Spectre.Console.Text(Values(last).TrimStart(',', ' ')));
        }

        _live!.UpdateTarget(_workers.Count == 0 ? table : new Rows(table, WorkersTable.Of(_workers)));
        _live.Refresh();
    }

    private string Left(StageProgress step)
    {
        var (_, _, first, took) = _stages[step.Stage];
        var done = step.Step - first + (step.Seconds is null ? 0 : 1);
        return done > 0 && step.Step + 1 < step.Steps
            ? $", {Time(took * ((step.Steps - 1.0 - step.Step) / done))} left"
            : "";
    }

    private static string How(StageProgress step) =>
        step.Steps > 0 ? $"{step.Unit} {step.Step + 1} of {step.Steps}" : $"{step.Step + 1}";

    private static string Values(StageProgress step) =>
        string.Concat(
            step.Values.Select(
                value => string.Create(CultureInfo.InvariantCulture, $", {value.Name} {value.Value:G4}")));

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
        : $"{time.TotalSeconds:0} s";

    private static string Kind(string warning) =>
        new([.. warning.Where(character => !char.IsAsciiDigit(character) && character is not '.' and not '-')]);
}
