using System.Globalization;
using Phi4R.Runs;
using Phi4R.Stages;
using Phi4R.Training;

namespace Phi4R.Show;

/// <summary>
/// A run that is watched while it goes: how far it is, how fast, how long it still takes, and its curves so far.
/// </summary>
/// <remarks>
/// What is shown changes at most four times a second. A report that came too early is shown when its time has come, so
/// that the last one is never lost, even where the run breaks off.
/// </remarks>
public sealed class LiveRun : IProgress<StageProgress>, IProgress<IStepReport>, IProgress<DistillProgress>
{
    private const int Recent = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly string _title;
    private readonly Action<string> _update;
    private readonly TimeProvider _clock;
    private readonly ITimer _late;
    private readonly long _started;
    private readonly Queue<(int Step, double Taken)> _recent = new();
    private readonly Dictionary<string, (List<double> X, List<double> Y)> _curves = new(StringComparer.Ordinal);
    private long? _drawn;
    private double _taken;
    private bool _waits;
    private int _steps;
    private int _last = -1;

    /// <param name="update">
    /// Shows HTML in the place of what was shown before; never called by two threads at once.
    /// </param>
    public LiveRun(string title, Action<string> update, TimeProvider? clock = null)
    {
        (_title, _update, _clock) = (title, update, clock ?? TimeProvider.System);
        _started = _clock.GetTimestamp();
        _late = _clock.CreateTimer(_ => DrawLate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _update($"<p><b>{Markup.Escaped(title)}</b>: getting ready</p>");
    }

    /// <summary>
    /// Tells of a step of training. A run that goes on tells of those that it did before, too: the step itself says how
    /// long it took.
    /// </summary>
    public void Report(IStepReport step, params ReadOnlySpan<(string Name, double Value)> values)
    {
        lock (_lock)
        {
            Add(step.Step, step.Steps, _taken + step.Seconds, values);
        }
    }

    /// <summary>Tells of a step.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="steps">In all.</param>
    public void Report(int step, int steps, params ReadOnlySpan<(string Name, double Value)> values)
    {
        lock (_lock)
        {
            Add(step, steps, _clock.GetElapsedTime(_started).TotalSeconds, values);
        }
    }

    /// <summary>Tells of a step of training that is run without a recipe's run around it.</summary>
    void IProgress<IStepReport>.Report(IStepReport value) => Report(value, []);

    /// <summary>Counts, such as completions that are sampled.</summary>
    /// <param name="total">How many there are to be.</param>
    public IProgress<int> Counting(int total) => new Counter(this, total);

    /// <summary>Tells how far a stage is; a curve is drawn of each value that it watches.</summary>
    public void Report(StageProgress value)
    {
        lock (_lock)
        {
            var taken = value.Seconds is { } seconds ? _taken + seconds : _clock.GetElapsedTime(_started).TotalSeconds;
            Add(value.Step, value.Steps, taken, [.. value.Values]);
        }
    }

    /// <summary>Tells how far a distillation by servers is, a completion being a step.</summary>
    public void Report(DistillProgress value) => Report((int)value.There - 1, (int)value.Of,
        ("correct, share", value.CorrectShare), ("failed", value.Failed), ("tokens, thousands", value.Tokens / 1e3));

    /// <summary>Ends the run: what was not shown yet is shown, or that nothing was left to do.</summary>
    public void Finish(string? note = null)
    {
        lock (_lock)
        {
            _waits = false;
            _late.Dispose();
            var html = _last < 0
                ? $"<p><b>{Markup.Escaped(_title)}</b>: done before; nothing to run again.</p>"
                : ToHtml();
            _update(note is null ? html : $"{html}<p><small>{Markup.Escaped(note)}</small></p>");
        }
    }

    private sealed class Counter(LiveRun run, int total) : IProgress<int>
    {
        public void Report(int value) => run.Report(value - 1, total);
    }

    private void Add(int step, int steps, double taken, ReadOnlySpan<(string Name, double Value)> values)
    {
        (_last, _steps, _taken) = (step, steps, taken);
        _recent.Enqueue((step, taken));
        if (_recent.Count > Recent)
        {
            _recent.Dequeue();
        }

        foreach (var (name, value) in values)
        {
            if (!_curves.TryGetValue(name, out var curve))
            {
                _curves[name] = curve = ([], []);
            }

            curve.X.Add(step);
            curve.Y.Add(value);
        }

        var since = _drawn is { } drawn ? _clock.GetElapsedTime(drawn) : Pause;
        if (step == steps - 1 || since >= Pause)
        {
            Draw();
        }
        else if (!_waits)
        {
            _waits = true;
            _late.Change(Pause - since, Timeout.InfiniteTimeSpan);
        }
    }

    private void DrawLate()
    {
        lock (_lock)
        {
            if (_waits)
            {
                Draw();
            }
        }
    }

    private void Draw()
    {
        _waits = false;
        _update(ToHtml());
        _drawn = _clock.GetTimestamp();
    }

    private string ToHtml()
    {
        var rate = Rate();
        var line = string.Create(CultureInfo.InvariantCulture, $"step {_last + 1:N0} of {_steps:N0} "
            + $"({(_steps > 0 ? 100.0 * (_last + 1) / _steps : 100):0} %), ")
            + (rate >= 1
                ? string.Create(CultureInfo.InvariantCulture, $"{rate:0.0} steps/s, ")
                : rate > 0 ? $"{Markup.Time(1 / rate)} a step, "
                : "")
            + (_last >= _steps - 1
                ? $"took {Markup.Time(_taken)}"
                : rate > 0 ? $"{Markup.Time((_steps - 1 - _last) / rate)} left"
                : "time left not known yet");
        var charts =
            _curves.Select(
                curve =>
                    Chart.Lines(curve.Key, "step", "",
                        [new Series { Name = curve.Key, X = [.. curve.Value.X], Y = [.. curve.Value.Y] }], width: 320,
                        height: 200)).ToList();
        return $"<p><b>{Markup.Escaped(_title)}</b> <progress max=\"{Math.Max(1, _steps)}\" "
            + $"value=\"{_last + 1}\"></progress> {line}</p>"
            + (charts.Count > 0 ? Chart.Grid(Math.Min(3, charts.Count), charts).ToHtml() : "");
    }

    // Over the steps reported last, since a run slows down and speeds up; the first step alone has only the time since
    // the start.
    private double Rate()
    {
        var (first, last) = (_recent.Peek(), _recent.Last());
        var seconds = last.Taken - first.Taken;
        return last.Step > first.Step && seconds > 0
            ? (last.Step - first.Step) / seconds
            : _taken > 0 && _recent.Count == 1 ? 1 / _taken
            : 0;
    }
}
