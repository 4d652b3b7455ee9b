using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Phi4R.Foundation;

namespace Phi4R.Cluster;

/// <summary>
/// Has parts made by the workers of a cluster: each takes the next part as soon as it has room, what a lost worker was
/// at is handed to another, and what came of it before is kept.
/// </summary>
public sealed class ClusterParts : IPartHost, IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);

    private readonly IHost _host;
    private readonly IClusterClient _client;
    private readonly string _cluster;

    private ClusterParts(IHost host, ClusterAddress address)
    {
        (_host, _cluster) = (host, $"{address}");
        _client = host.Services.GetRequiredService<IClusterClient>();
    }

    /// <summary>Is called now and then with what each worker does, those that are gone among them.</summary>
    public IProgress<IReadOnlyList<WorkerProgress>>? Progress { get; init; }

    /// <summary>Is called with a line on workers that come, are lost or cannot go on, on any thread.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Joins a cluster as one that hands out parts; waits until a worker is there.</summary>
    /// <param name="progress">Is called now and then with what each worker does.</param>
    /// <param name="log">Is called with a line on what is waited for and what went wrong, on any thread.</param>
    public static async Task<ClusterParts> ConnectAsync(ClusterAddress address,
        IProgress<IReadOnlyList<WorkerProgress>>? progress = null, Action<string>? log = null,
        CancellationToken cancel = default)
    {
        await ClusterHost.PrepareAsync(address, cancel).ConfigureAwait(false);
        var isSaid = false;
        var host = ClusterHost.Client(address, async (_, stop) =>
        {
            if (!isSaid)
            {
                isSaid = true;
                log?.Invoke($"no worker of {address} is there yet; one is started with: phi4r worker --cluster "
                    + $"{address}");
            }

            await Task.Delay(Look, stop).ConfigureAwait(false);
            return !cancel.IsCancellationRequested;
        }).Build();
        try
        {
            await host.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception problem)
        {
            host.Dispose();
            cancel.ThrowIfCancellationRequested();
            throw new IOException($"The cluster {address} cannot be reached: {problem.Message}", problem);
        }

        return new(host, address) { Progress = progress, Log = log };
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }

    public async Task RunAsync(IEnumerable<IPart> parts, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var queue = new PartQueue(parts);
        Dictionary<SiloAddress, (Worker Worker, Task Pump)> workers = [];
        var isLonely = false;
        try
        {
            while (!queue.IsThrough)
            {
                await LookAsync().ConfigureAwait(false);
                Report();
                await Task.WhenAny([Task.Delay(Look, stop.Token), .. workers.Values.Select(one => one.Pump)
                    .Where(pump => !pump.IsCompleted)]).ConfigureAwait(false);
                await Task.WhenAll(workers.Values.Select(one => one.Pump).Where(pump => pump.IsCompleted))
                    .ConfigureAwait(false); // What no worker is to blame for: a disk that is full.
                stop.Token.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(workers.Values.Select(one => one.Pump))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Report();
        }

        void Report() => Progress?.Report([.. workers.Values.Select(one => one.Worker.Progress())]);

        async Task LookAsync()
        {
            if (await MembersAsync().ConfigureAwait(false) is not { } members)
            {
                return;
            }

            foreach (var lost in workers.Values.Select(one => one.Worker)
                .Where(worker => !worker.IsGone && !members.Contains(worker.Address)))
            {
                lost.Gone();
                Log?.Invoke($"the worker {lost.Name} is gone; what it was at is handed to others");
            }

            foreach (var member in members.Where(member => !workers.ContainsKey(member)))
            {
                var worker = new Worker(member);
                Log?.Invoke($"the worker {worker.Name} is there");
                workers[member] = (
                    worker, Task.Run(() => PumpAsync(worker, queue, stop.Token), CancellationToken.None));
            }

            var there = workers.Values.Where(one => !one.Worker.IsGone).ToList();
            if (there.Count > 0 && there.All(one => one.Worker.IsLeftOut))
            {
                throw new PartFaultException($"No worker of {_cluster} can go on. {there[^1].Worker.Name} says: "
                    + there[^1].Worker.Fault);
            }

            if (there.Count == 0 && !isLonely)
            {
                Log?.Invoke($"no worker of {_cluster} is there; one is started with: phi4r worker --cluster "
                    + $"{_cluster}");
            }

            isLonely = there.Count == 0;
        }
    }

    // Null where nobody can say at the moment.
    private async Task<HashSet<SiloAddress>?> MembersAsync()
    {
        try
        {
            return [.. (await _client.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).ConfigureAwait(false))
                .Keys];
        }
        catch (Exception problem) when (PartTalk.IsLoss(problem))
        {
            return null;
        }
    }

    // The next part as soon as nothing of the last is left to begin, for as long as the worker is one.
    private async Task PumpAsync(Worker worker, PartQueue queue, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        List<Task> running = [];
        try
        {
            while (!worker.IsGone && !worker.IsLeftOut && !queue.IsThrough)
            {
                cancel.ThrowIfCancellationRequested();
                running.RemoveAll(made => made.IsCompletedSuccessfully);
                if (running.FirstOrDefault(made => made.IsCompleted) is { } failed)
                {
                    await failed.ConfigureAwait(false);
                }

                if (!queue.TryTake(out var part))
                {
                    await Task.Delay(Idle, cancel).ConfigureAwait(false);
                    continue;
                }

                worker.Took();
                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                running.Add(HandAsync(worker, part, queue, begun, stop.Token));
                await begun.Task.ConfigureAwait(false);
                await Task.Delay(worker.Pause, cancel).ConfigureAwait(false);
            }

            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task HandAsync(
        Worker worker, IPart part, PartQueue queue, TaskCompletionSource begun, CancellationToken cancel)
    {
        using var span = Telemetry.Part(part.Kind, part.Id, worker.Name);
        try
        {
            var (fault, isLost) = await new PartTalk(_client, worker, part).MakeAsync(begun, cancel)
                .ConfigureAwait(false);
            if (part.Lacking() is null)
            {
                worker.Done();
                queue.Done();
                return;
            }

            worker.Returned(isLost ? null : fault);
            queue.Return(part);
            Log?.Invoke($"{part.Id} came back from {worker.Name}: {fault}");
            if (isLost)
            {
                await Task.Delay(Look, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            begun.TrySetResult();
        }
    }
}
