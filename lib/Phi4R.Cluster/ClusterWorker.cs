using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Phi4R.Inference.Remote;
using Phi4R.Runs;

namespace Phi4R.Cluster;

/// <summary>A worker: makes parts that others of its cluster hand out, until it is disposed.</summary>
/// <remarks>
/// Whoever reaches its port can have it make parts and ask servers, without a password: it belongs into a network of
/// one's own. It sends a key to no server but those that it was started with.
/// </remarks>
public sealed class ClusterWorker : IAsyncDisposable
{
    private readonly IHost _host;

    private ClusterWorker(IHost host, string name) => (_host, Name) = (host, name);

    /// <summary>Its address and port, by which the others call it.</summary>
    public string Name { get; }

    /// <summary>Starts a worker and lets it join its cluster.</summary>
    /// <param name="servers">Asks servers; stays the caller's.</param>
    /// <param name="listen">The address that the other machines reach this one by; null for this machine alone.</param>
    /// <param name="port">The port that it listens at; 0 for a free one.</param>
    /// <param name="log">Is called with a line when a part begins, ends, or cannot be made, on any thread.</param>
    /// <exception cref="IOException">The place where members meet cannot be reached, or the port is taken.</exception>
    public static async Task<ClusterWorker> StartAsync(ClusterAddress address, ServerPools servers,
        IPAddress? listen = null, int port = 0, Action<string>? log = null, CancellationToken cancel = default)
    {
        await ClusterHost.PrepareAsync(address, cancel).ConfigureAwait(false);
        var builder = ClusterHost.Worker(address, listen ?? IPAddress.Loopback, port);
        builder.Services.AddSingleton(_ => new PartWorker(servers));
        builder.Services.AddSingleton(log ?? (_ => { }));
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            host.Dispose();
            throw new IOException($"The worker could not join the cluster {address}: {problem.Message}", problem);
        }

        return new(host, $"{host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Endpoint}");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }
}
