using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Phi4R.Cluster;

/// <summary>What workers and whoever hands out parts set alike, and where they meet.</summary>
internal static class ClusterHost
{
    // A call is short, whatever a part takes: what comes is asked for again and again. So a lost worker is known soon.
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(3);

    // The name by which Orleans knows PostgreSQL's client.
    private const string Npgsql = "Npgsql";

    // What was received for a part goes along when it is handed out again.
    private const int MessageBytes = 1 << 30;

    /// <summary>Makes ready the place where members meet, if nobody did before.</summary>
    /// <exception cref="IOException">It cannot be reached, or not be made ready.</exception>
    public static async Task PrepareAsync(ClusterAddress address, CancellationToken cancel)
    {
        if (address.Postgres is not { } postgres)
        {
            return;
        }

        try
        {
            await PostgresTables.MakeAsync(postgres, cancel).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is NpgsqlException or SocketException or TimeoutException)
        {
            throw new IOException($"The cluster {address} cannot be reached, or its tables not be made: "
                + problem.Message, problem);
        }
    }

    /// <summary>A silo that makes parts.</summary>
    /// <param name="listen">The address that other machines reach this one by.</param>
    /// <param name="port">Of the silo; 0 for a free one.</param>
    public static HostApplicationBuilder Worker(ClusterAddress address, IPAddress listen, int port)
    {
        var builder = Builder();
        builder.UseOrleans(silo =>
        {
            if (address.Redis is not null || address.Postgres is not null)
            {
                _ = address.Postgres is { } postgres
                    ? silo.UseAdoNetClustering(options =>
                        (options.Invariant, options.ConnectionString) = (Npgsql, postgres))
                    : silo.UseRedisClustering(options => options.ConfigurationOptions = Redis(address.Redis!));
                silo.ConfigureEndpoints(listen, port > 0 ? port : Free(listen), Free(listen),
                    listenOnAnyHostAddress: false);
            }
            else
            {
                // The first is where the others meet; they take what is free.
                var first = new IPEndPoint(IPAddress.Loopback, address.Port);
                var isFirst = IsFree(address.Port);
                silo.UseLocalhostClustering(
                    isFirst ? address.Port : Free(IPAddress.Loopback),
                    isFirst ? address.Port + 1 : Free(IPAddress.Loopback), first);
            }

            Name(silo.Services, address);
            silo.Services.AddPlacementDirector<AtWorker, AtWorkerDirector>();
            silo.Configure<SiloMessagingOptions>(options =>
            {
                options.MaxMessageBodySize = MessageBytes;
                options.ResponseTimeout = Answer;
            });

            // One that does not answer for some seconds is out; one that was killed keeps nobody from joining.
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromSeconds(3);
                options.NumMissedProbesLimit = 3;
                options.NumVotesForDeathDeclaration = 1;
                options.TableRefreshTimeout = Refresh;
                options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
                options.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
                options.DefunctSiloExpiration = TimeSpan.FromMinutes(10);
            });
        });
        return builder;
    }

    /// <summary>A client that hands out parts.</summary>
    /// <param name="retry">Is asked whether to try again, with what is wrong.</param>
    public static HostApplicationBuilder Client(
        ClusterAddress address, Func<Exception, CancellationToken, Task<bool>> retry)
    {
        var builder = Builder();
        builder.UseOrleansClient(client =>
        {
            _ = (address.Redis, address.Postgres) switch
            {
                ({ } redis, _) => client.UseRedisClustering(options => options.ConfigurationOptions = Redis(redis)),
                (_, { } postgres) => client.UseAdoNetClustering(options =>
                    (options.Invariant, options.ConnectionString) = (Npgsql, postgres)),
                _ => client.UseLocalhostClustering(address.Port + 1),
            };

            Name(client.Services, address);
            client.UseConnectionRetryFilter(retry);
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = Refresh);
            client.Configure<ClientMessagingOptions>(options =>
            {
                options.MaxMessageBodySize = MessageBytes;
                options.ResponseTimeout = Answer;
            });
        });
        return builder;
    }

    // What Orleans logs is for its makers; what a person can mend is said by whoever uses it.
    private static HostApplicationBuilder Builder()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, Unsignalled>();
        return builder;
    }

    private static void Name(IServiceCollection services, ClusterAddress address) =>
        services.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = address.Name);

    private static ConfigurationOptions Redis(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AbortOnConnectFail = true;
        return options;
    }

    private static int Free(IPAddress at)
    {
        using var listener = new TcpListener(at, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Signals are the program's; the framework's own lifetime would end on them, and write to the console.
    private sealed class Unsignalled : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
