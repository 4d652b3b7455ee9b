using System.Globalization;

namespace Phi4R.Evaluation;

/// <summary>A mean over problems, and how sure it is of what.</summary>
/// <remarks>
/// Three errors answer three questions. <see cref="WithinError"/>: would the same model score the same on the same
/// problems if it answered again? <see cref="ProblemError"/>: would it on other problems of the kind?
/// <see cref="RunError"/>: would another training? The interval holds the last two. Answers' noise is in both, and is
/// counted twice where there are several runs, so that interval is rather too long than too short.
/// </remarks>
public sealed record Estimate
{
    // Beyond it the distance from zero is smaller than what can be told.
    private const double NearlyCertain = 0.999;

    // Chosen by simulation, see CoverageTests: so much of a problem all right, and of one all wrong, is added to the
    // spread, since a few problems out of many at a ceiling show less spread than there is.
    private const double Unseen = 0.05;

    private Estimate()
    {
    }

    /// <summary>The mean over the problems.</summary>
    public required double Mean { get; init; }

    /// <summary>How many problems it is over.</summary>
    public required int Count { get; init; }

    /// <summary>Standard error of the mean over problems: answers to one problem are averaged first.</summary>
    public required double ProblemError { get; init; }

    /// <summary>
    /// Standard error of the mean over answers to the same problems; null where it cannot be known, as each problem was
    /// answered once or nobody said how often.
    /// </summary>
    public double? WithinError { get; init; }

    /// <summary>Standard error of the mean over trainings; null where there was one.</summary>
    public double? RunError { get; init; }

    /// <summary>Of the mean, over problems and, where there were several, over trainings.</summary>
    public double StandardError => Math.Sqrt((ProblemError * ProblemError) + (RunError * RunError ?? 0));

    // Degrees of freedom of the two errors.
    private double ProblemFreedom { get; init; }

    private double RunFreedom { get; init; }

    // From 0 to 1; otherwise a difference of two such.
    private bool IsShare { get; init; }

    // How many answers there are in all, and the sum of squares by which Satterthwaite's degrees of freedom of the
    // error over answers are known.
    private double AllAnswers { get; init; }

    private double WithinSquares { get; init; }

    /// <summary>Lower end of the 95 % interval.</summary>
    public double Low => Interval().Low;

    /// <summary>
    /// Upper end of the 95 % interval; above the lower one, also where all answers are right or all are wrong.
    /// </summary>
    public double High => Interval().High;

    /// <summary>
    /// The 95 % interval over answers to the same problems: what this model would score on them if it answered again
    /// without end; null where each problem was answered once or nobody said how often.
    /// </summary>
    public (double Low, double High)? OverAnswers => WithinError is { } error
        ? Spread.OverAnswers(Mean, error, WithinSquares, AllAnswers, IsShare)
        : null;

    /// <summary>
    /// How probable a mean so far from zero is where there is nothing to find, on either side; 1 where it is nearly
    /// certain.
    /// </summary>
    public double PValue
    {
        get
        {
            var (from, to) = (0.0, NearlyCertain);
            if (Margin(to) >= Math.Abs(Mean))
            {
                return 1;
            }

            for (var i = 0; i < 60; i++)
            {
                var middle = (from + to) / 2;
                (from, to) = Margin(middle) > Math.Abs(Mean) ? (middle, to) : (from, middle);
            }

            return to;
        }
    }

    /// <summary>The estimate of a share as points: "+2.4 [+0.8, +4.0]".</summary>
    public string InPoints => string.Create(
        CultureInfo.InvariantCulture, $"{100 * Mean:+0.0;-0.0} [{100 * Low:+0.0;-0.0}, {100 * High:+0.0;-0.0}]");

    /// <summary>Mean and errors of the scores of problems that are independent of each other.</summary>
    /// <param name="scores">The share of right answers to each problem.</param>
    /// <param name="answers">To each problem; null where that is not known.</param>
    /// <exception cref="ArgumentException">There are fewer than two scores, or one is no share.</exception>
    public static Estimate Of(IReadOnlyList<double> scores, int? answers = null) =>
        Of(scores, Spread.Equal(scores, answers));

    /// <summary>The same where problems have unlike numbers of answers, since some could not be had.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{double}, int?)"/>
    public static Estimate Of(IReadOnlyList<double> scores, IReadOnlyList<int>? answers)
    {
        var wrong = scores.Where(score => score is not (>= 0 and <= 1)).ToList();
        if (wrong.Count > 0)
        {
            throw new ArgumentException($"A score is {wrong[0]}; it must be a share from 0 to 1.");
        }

        return OfValues(scores) with
        {
            IsShare = true,
            WithinError = Spread.Within(scores, answers),
            WithinSquares = Spread.Squares(scores, answers),
            AllAnswers = answers?.Sum(count => (double)count) ?? scores.Count,
        };
    }

    /// <summary>
    /// The gain of one model over another on the same problems: the mean of the differences, problem by problem.
    /// </summary>
    /// <remarks>
    /// Hard problems are hard for both, so the difference is far surer than the two means. Source: Miller 2024, arXiv
    /// 2411.00640, section 4.
    /// </remarks>
    /// <param name="answers">Of each model to each problem; null where that is not known.</param>
    /// <exception cref="ArgumentException">The models answered different numbers of problems.</exception>
    public static Estimate Paired(IReadOnlyList<double> scores, IReadOnlyList<double> before, int? answers = null) =>
        Paired((scores, Spread.Equal(scores, answers)), (before, Spread.Equal(before, answers)));

    /// <summary>The same for models that answered unlike numbers of times.</summary>
    /// <param name="after">The scores of one model and its numbers of answers, problem by problem.</param>
    /// <param name="before">Those of the other.</param>
    /// <inheritdoc cref="Paired(IReadOnlyList{double}, IReadOnlyList{double}, int?)"/>
    public static Estimate Paired((IReadOnlyList<double> Scores, IReadOnlyList<int>? Answers) after,
        (IReadOnlyList<double> Scores, IReadOnlyList<int>? Answers) before)
    {
        if (after.Scores.Count != before.Scores.Count)
        {
            throw new ArgumentException($"Pairs need the same problems; the one model has {after.Scores.Count} "
                + $"scores, the other {before.Scores.Count}.");
        }

        double[] differences = [.. after.Scores.Zip(before.Scores, (one, other) => one - other)];
        return OfValues(differences) with
        {
            WithinError = Together(Spread.Within(after.Scores, after.Answers),
                Spread.Within(before.Scores, before.Answers)),
            WithinSquares = Spread.Squares(after.Scores, after.Answers)
                + Spread.Squares(before.Scores, before.Answers),
            AllAnswers = after.Answers?.Sum(count => (double)count) ?? after.Scores.Count,
            ProblemFreedom = Spread.Freedom(differences),
        };
    }

    /// <summary>
    /// Several benchmarks as one: every problem weighs the same, and each benchmark has a spread of its own.
    /// </summary>
    /// <remarks>
    /// Stratified: what lies between the benchmarks' means is no error, since which benchmarks are asked is no chance.
    /// </remarks>
    public static Estimate Pooled(IReadOnlyList<Estimate> parts)
    {
        var count = parts.Sum(part => part.Count);
        var variances = parts.Select(part => Math.Pow(part.ProblemError * part.Count / count, 2)).ToList();
        var variance = variances.Sum();

        // Source: Satterthwaite 1946, of a sum of variances that are estimated apart.
        var freedom = variance > 0
            ? variance * variance / parts.Zip(variances, (part, own) => own * own / part.ProblemFreedom).Sum()
            : count - parts.Count;
        return new Estimate
        {
            Mean = parts.Sum(part => part.Mean * part.Count) / count,
            Count = count,
            ProblemError = Math.Sqrt(variance),
            ProblemFreedom = freedom,
            WithinError = Together([.. parts.Select(part => part.WithinError * part.Count / count)]),
            WithinSquares = parts.Sum(part => part.WithinSquares * Math.Pow((double)part.Count / count, 4)),
            AllAnswers = parts.Sum(part => part.AllAnswers),
            IsShare = parts.All(part => part.IsShare),
        };
    }

    /// <summary>Each problem's mean over several runs, so that an error over problems covers all runs.</summary>
    /// <param name="runs">For each run the scores of the same problems.</param>
    public static IReadOnlyList<double> OverRuns(IReadOnlyList<IReadOnlyList<double>> runs) =>
        [.. Enumerable.Range(0, runs[0].Count).Select(i => runs.Average(run => run[i]))];

    /// <summary>
    /// An estimate from problems' means over several trainings, with the error over trainings beside that over
    /// problems.
    /// </summary>
    /// <param name="runs">The estimate of each training alone; with one of them nothing changes.</param>
    public Estimate Over(IReadOnlyList<Estimate> runs) => runs.Count < 2 ? this : this with
    {
        RunError = Deviation([.. runs.Select(run => run.Mean)]) / Math.Sqrt(runs.Count),
        RunFreedom = runs.Count - 1,
        WithinError = Together([.. runs.Select(run => run.WithinError / runs.Count)]),
        WithinSquares = runs.Sum(run => run.WithinSquares / Math.Pow(runs.Count, 4)),
        AllAnswers = runs.Sum(run => run.AllAnswers),
    };

    /// <summary>The same without the error over trainings: what is known of these trainings.</summary>
    public Estimate OfTheseRuns() => this with { RunError = null };

    /// <summary>
    /// p-values of a family, each so much larger that of twenty families without any effect one has one below 0.05.
    /// </summary>
    /// <remarks>Source: Holm 1979, A simple sequentially rejective multiple test procedure.</remarks>
    public static IReadOnlyList<double> Holm(IReadOnlyList<double> pValues)
    {
        var adjusted = new double[pValues.Count];
        var largest = 0.0;
        foreach (var (rank, (place, p)) in pValues.Index().OrderBy(pair => pair.Item).Index())
        {
            largest = Math.Max(largest, Math.Min(1, p * (pValues.Count - rank)));
            adjusted[place] = largest;
        }

        return adjusted;
    }

    /// <summary>Standard deviation of values, over one less than their count.</summary>
    internal static double Deviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }

    private static Estimate OfValues(IReadOnlyList<double> values) => values.Count < 2
        ? throw new ArgumentException($"{values.Count} values give no error; two or more do.")
        : new Estimate
        {
            Mean = values.Average(),
            Count = values.Count,
            ProblemError = Deviation(values) / Math.Sqrt(values.Count),
            ProblemFreedom = values.Count - 1,
        };

    private static double? Together(params IReadOnlyList<double?> errors) => errors.All(error => error is not null)
        ? Math.Sqrt(errors.Sum(error => error!.Value * error.Value))
        : null;

    // A share's is Wilson's for as many independent answers as its error stands for: never outside 0 to 1, and never of
    // no length. Single answers have the spread that their share has, so nothing is unseen of them.
    private (double Low, double High) Interval()
    {
        var margin = Margin(Spread.Outside95);
        if (!IsShare)
        {
            return (Math.Max(-1, Mean - margin), Math.Min(1, Mean + margin));
        }

        if (StandardError < Spread.NoError)
        {
            return Spread.Wilson(Mean, Count, StudentT.Quantile(ProblemFreedom, Spread.Outside95));
        }

        var own = ProblemError * ProblemError;
        var unseen = Unseen * ((Mean * Mean) + ((1 - Mean) * (1 - Mean))) / (Count * (Count - 1.0));
        var whole = Math.Max(own, Math.Min(own + unseen, Mean * (1 - Mean) / (Count - 1)))
            + (RunError * RunError ?? 0);
        return Spread.Wilson(Mean, Mean * (1 - Mean) / whole, margin / StandardError);
    }

    // Of differences that are all the same, as if half a problem more had been gained and half a one lost among two
    // (Agresti and Min 2005).
    private double Margin(double outside)
    {
        var error = StandardError < Spread.NoError ? 1.0 / (Count + 2) : ProblemError;
        var problems = error * StudentT.Quantile(ProblemFreedom, outside);
        var runs = RunError is > 0 ? RunError.Value * StudentT.Quantile(RunFreedom, outside) : 0;
        return Math.Sqrt((problems * problems) + (runs * runs));
    }
}
