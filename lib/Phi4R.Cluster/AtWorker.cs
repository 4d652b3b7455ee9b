using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Phi4R.Cluster;

/// <summary>Puts a part at the worker that its key names, or nowhere.</summary>
[GenerateSerializer]
internal sealed class AtWorker : PlacementStrategy
{
    private const char Between = '|';

    /// <summary>The key of a part at a worker.</summary>
    /// <param name="attempt">Unlike for each time that it is handed out: an old one is not met again.</param>
    public static string Key(SiloAddress worker, string part, string attempt) =>
        $"{worker.ToParsableString()}{Between}{part}{Between}{attempt}";

    /// <summary>The worker of a key.</summary>
    public static SiloAddress Worker(string key) => SiloAddress.FromParsableString(key[..key.IndexOf(Between)]);
}

/// <summary>Marks what <see cref="AtWorker"/> places.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AtWorkerAttribute() : PlacementAttribute(new AtWorker());

/// <summary>Does what <see cref="AtWorker"/> says.</summary>
internal sealed class AtWorkerDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var worker = AtWorker.Worker(target.GrainIdentity.Key.ToString()!);
        return context.GetCompatibleSilos(target).Contains(worker)
            ? Task.FromResult(worker)
            : throw new SiloUnavailableException($"The worker {worker.Endpoint} is gone.");
    }
}
