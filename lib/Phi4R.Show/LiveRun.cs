using System.Globalization;
using System.Net;

namespace Phi4R.Show;

/// <summary>A run that is watched while it goes: how far it is, how fast, how long it still takes, and its curves so far.</summary>
public sealed class LiveRun
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly string _title;
    private readonly Action<string> _update;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly Dictionary<string, (List<double> X, List<double> Y)> _curves = new(StringComparer.Ordinal);
    private long _drawn;
    private int _steps;
    private int _first = -1;
    private int _last = -1;

    /// <param name="update">Shows HTML in the place of what was shown before.</param>
    public LiveRun(string title, Action<string> update, TimeProvider? clock = null)
    {
        (_title, _update, _clock) = (title, update, clock ?? TimeProvider.System);
        _started = _clock.GetTimestamp();
        _update($"<p>{WebUtility.HtmlEncode(title)}: getting ready</p>");
    }

    /// <summary>Tells of a step. What is shown changes at most twice a second, and at the last step.</summary>
    /// <param name="step">From 0; a run that goes on begins above that.</param>
    /// <param name="steps">In all.</param>
    public void Report(int step, int steps, params ReadOnlySpan<(string Name, double Value)> values)
    {
        (_last, _steps) = (step, steps);
        _first = _first < 0 ? step : _first;
        foreach (var (name, value) in values)
        {
            if (!_curves.TryGetValue(name, out var curve))
            {
                _curves[name] = curve = ([], []);
            }

            curve.X.Add(step);
            curve.Y.Add(value);
        }

        if (step == steps - 1 || _drawn == 0 || _clock.GetElapsedTime(_drawn) >= Pause)
        {
            _drawn = _clock.GetTimestamp();
            _update(ToHtml());
        }
    }

    /// <summary>Ends the run: what was not shown yet is shown, or that nothing was left to do.</summary>
    public void Finish(string? note = null)
    {
        var html = _last < 0 ? $"<p>{WebUtility.HtmlEncode(_title)}: done before; nothing to run again.</p>" : ToHtml();
        _update(note is null ? html : $"{html}<p><small>{WebUtility.HtmlEncode(note)}</small></p>");
    }

    private string ToHtml()
    {
        var seconds = _clock.GetElapsedTime(_started).TotalSeconds;
        var rate = (_last - _first + 1) / Math.Max(1e-3, seconds);
        var left = (_steps - 1 - _last) / rate;
        var done = _last == _steps - 1;
        var line = string.Create(CultureInfo.InvariantCulture, $"step {_last + 1:N0} of {_steps:N0}, {rate:0.0} steps/s, ") + (done ? $"took {Time(seconds)}" : $"{Time(left)} left");
        var charts = _curves.Select(curve => Chart.Lines(curve.Key, "step", "", [new Series(curve.Key, curve.Value.X, curve.Value.Y)], width: 310, height: 190)).ToList();
        return $"<p><b>{WebUtility.HtmlEncode(_title)}</b> <progress max=\"{_steps}\" value=\"{_last + 1}\"></progress> {line}</p>"
            + (charts.Count > 0 ? Chart.Grid(Math.Min(3, charts.Count), charts).ToHtml() : "");
    }

    private static string Time(double seconds) => seconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min");
}
