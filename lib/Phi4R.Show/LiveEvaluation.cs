using System.Globalization;
using Phi4R.Evaluation;
using Phi4R.Runs;

namespace Phi4R.Show;

/// <summary>
/// An evaluation that is watched while completions come in: how far it is, how long it still takes, and a row for each
/// benchmark that fills.
/// </summary>
/// <remarks>What is shown changes at most four times a second; <see cref="Finish"/> shows the last.</remarks>
public sealed class LiveEvaluation : IProgress<EvaluationProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly string _title;
    private readonly Action<string> _update;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Counts> _rows = new(StringComparer.Ordinal);
    private EvaluationProgress? _last;
    private long? _drawn;

    /// <param name="update">
    /// Shows HTML in the place of what was shown before; never called by two threads at once.
    /// </param>
    public LiveEvaluation(string title, Action<string> update, TimeProvider? clock = null)
    {
        (_title, _update, _clock) = (title, update, clock ?? TimeProvider.System);
        _update($"<p><b>{Markup.Escaped(title)}</b>: asking</p>");
    }

    /// <summary>Tells of a completion that came, or could not be had.</summary>
    public void Report(EvaluationProgress value)
    {
        lock (_lock)
        {
            _last = value;
            var completion = value.Completion;
            if (!_rows.TryGetValue(completion.Benchmark, out var row))
            {
                _rows[completion.Benchmark] = row = new Counts();
            }

            row.Add(completion);
            if (_drawn is not { } drawn || _clock.GetElapsedTime(drawn) >= Pause)
            {
                _drawn = _clock.GetTimestamp();
                _update(ToHtml());
            }
        }
    }

    /// <summary>Shows the last, or that nothing was left to ask.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            _update(_last is null
                ? $"<p><b>{Markup.Escaped(_title)}</b>: every completion was there already.</p>"
                : ToHtml());
        }
    }

    private string ToHtml()
    {
        var last = _last!;
        var table = Table.Of("Completions that came since the start",
            ["benchmark", "came", "right %", "truncated %", "unverifiable %", "failed", "mean tokens"],
            _rows.Select(row => row.Value.Cells(row.Key)));
        return string.Create(CultureInfo.InvariantCulture,
            $"<p><b>{Markup.Escaped(_title)}</b> <progress max=\"{last.Total}\" value=\"{last.Done}\"></progress> "
            + $"{last.Done:N0} of {last.Total:N0} completions, {last.Failed:N0} failed")
            + (last.Done + last.Failed >= last.Total ? "" : $", {Markup.Time(last.Left.TotalSeconds)} left")
            + $"</p>{table.ToHtml()}";
    }

    private sealed class Counts
    {
        private int _had;
        private int _right;
        private int _truncated;
        private int _unverifiable;
        private int _failed;
        private long _tokens;

        public void Add(EvaluatedCompletion completion)
        {
            if (completion.Verdict == EvaluatedCompletion.Failed)
            {
                _failed++;
                return;
            }

            _had++;
            _right += completion.Verdict == "correct" ? 1 : 0;
            _unverifiable += completion.Verdict == "unverifiable" ? 1 : 0;
            _truncated += completion.FinishReason == "length" ? 1 : 0;
            _tokens += completion.Tokens;
        }

        public IReadOnlyList<object?> Cells(string name) =>
            [name, _had, Share(_right), Share(_truncated), Share(_unverifiable), _failed,
                _had == 0 ? null : Math.Round((double)_tokens / _had, 1)];

        private double? Share(int count) => _had == 0 ? null : Math.Round(100.0 * count / _had, 1);
    }
}
