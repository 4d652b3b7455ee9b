using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>
/// Sends what the library and Orleans measure to a collector, by OTLP: where OTEL_EXPORTER_OTLP_ENDPOINT names one.
/// </summary>
/// <remarks>
/// The exporter reads the other variables of the standard itself: protocol, headers, intervals, the service's name.
/// </remarks>
internal sealed class TelemetryExport : IDisposable
{
    private const string Service = "phi4r";
    private const string Orleans = "Microsoft.Orleans";
    private readonly MeterProvider _meters;
    private readonly TracerProvider _traces;

    private TelemetryExport()
    {
        var resource = ResourceBuilder.CreateEmpty().AddService(Service).AddEnvironmentVariableDetector();
        _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Telemetry.Name, Orleans)
            .AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Telemetry.Name)
            .AddOtlpExporter().Build();
    }

    /// <summary>Starts sending; null where nothing says where to.</summary>
    public static TelemetryExport? Start(Uri? endpoint) => endpoint is null ? null : new();

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        _meters.Dispose();
        _traces.Dispose();
    }
}
