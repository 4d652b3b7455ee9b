using System.Globalization;
using Phi4R.Checkpoints;
using Phi4R.Inference;
using Phi4R.Model;

namespace Phi4R.Stages;

/// <summary>
/// The completions of each step of reinforcement, sampled by weights that are so many updates older than those which
/// learn from them.
/// </summary>
/// <remarks>
/// Without staleness a step is sampled when it is asked for. With it, steps are sampled one after the other on a thread
/// of their own while earlier ones are learned from, each with a copy of the weights after max(0, step - staleness)
/// updates: which weights those are never depends on who is quicker.
/// </remarks>
/// <param name="model">The policy, trained by the caller between two calls of <see cref="Take"/>.</param>
/// <param name="steps">Of the stage; none beyond is sampled.</param>
/// <param name="sample">Samples a step with given weights; what it returns is called on the caller's thread.</param>
internal sealed class RolloutsAhead(
    LanguageModel model, int staleness, int steps,
    Func<int, LanguageModel, CancellationToken, Func<IReadOnlyList<SampledGroup>>> sample,
    CancellationToken cancel) : IDisposable
{
    private const string Prefix = "weights-after-";

    // By step.
    private readonly Dictionary<int, (Task<Func<IReadOnlyList<SampledGroup>>> Groups, Policy Weights)> _begun = [];
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
    private Task _last = Task.CompletedTask;
    private int _next;

    /// <summary>The groups of a step; steps are taken in order, each once.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while it waits.</exception>
    public IReadOnlyList<SampledGroup> Take(int step)
    {
        if (staleness == 0)
        {
            return sample(step, model, cancel)();
        }

        var end = Math.Min(step + staleness + 1, steps);
        if (_next < end)
        {
            Begin(Math.Max(_next, step), end, new Policy(model.Copy(), step));
        }

        var (groups, weights) = _begun[step];
        var finish = groups.WaitAsync(cancel).GetAwaiter().GetResult();
        _begun.Remove(step);
        Release(weights);
        return finish();
    }

    /// <summary>Writes the weights of the steps that are begun and not taken into a checkpoint's folder.</summary>
    public void Write(string folder)
    {
        foreach (var weights in _begun.Values.Select(begun => begun.Weights).Distinct())
        {
            SafeTensors.Write(Path.Combine(folder, FileOf(weights.Updates)), [.. weights.Model.MergedWeights],
                durable: false);
        }
    }

    /// <summary>Begins the steps again that were begun when a checkpoint was written.</summary>
    /// <param name="next">The first step that is still to be taken.</param>
    public void Read(int next, string folder)
    {
        for (var step = next; staleness > 0 && step < Math.Min(next + staleness, steps); step++)
        {
            var updates = Math.Max(0, step - staleness);
            var weights = _begun.Values.Select(begun => begun.Weights).FirstOrDefault(old => old.Updates == updates);
            if (weights is null)
            {
                weights = new Policy(model.Copy(), updates);
                Weights.Load(weights.Model, Path.Combine(folder, FileOf(updates)));
            }

            Begin(step, step + 1, weights);
        }
    }

    /// <summary>Ends what is begun, and waits until it has.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _last.ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        foreach (var weights in _begun.Values.Select(begun => begun.Weights).Distinct())
        {
            weights.Model.Dispose();
        }

        _begun.Clear();
        _stop.Dispose();
    }

    private static string FileOf(int updates) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{updates:D8}.safetensors");

    private void Begin(int first, int end, Policy weights)
    {
        for (var step = first; step < end; step++)
        {
            var groups = After(_last, step, weights.Model);
            _begun[step] = (groups, weights);
            _last = groups;
        }

        _next = end;
    }

    // A step whose forerunner failed is not sampled: who asks for the forerunner is told why.
    private Task<Func<IReadOnlyList<SampledGroup>>> After(Task before, int step, LanguageModel weights) =>
        Task.Run(
            async () =>
            {
                await before.ConfigureAwait(false);
                return sample(step, weights, _stop.Token);
            }, CancellationToken.None);

    private void Release(Policy weights)
    {
        if (_begun.Values.All(begun => begun.Weights != weights))
        {
            weights.Model.Dispose();
        }
    }

    // A copy of the policy after so many updates.
    private sealed record Policy(LanguageModel Model, int Updates);
}
