using System.Text.Json;
using System.Text.Json.Serialization;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>
/// Where the front end listens and how messages are signed, as Jupyter writes it for each kernel that it starts.
/// </summary>
public sealed record ConnectionFile
{
    private const string Signing = "hmac-sha256";

    [JsonPropertyName("ip")]
    public required string Ip { get; init; }

    [JsonPropertyName("transport")]
    public string Transport { get; init; } = "tcp";

    [JsonPropertyName("shell_port")]
    public required int ShellPort { get; init; }

    [JsonPropertyName("iopub_port")]
    public required int PublishPort { get; init; }

    [JsonPropertyName("stdin_port")]
    public required int InputPort { get; init; }

    [JsonPropertyName("control_port")]
    public required int ControlPort { get; init; }

    [JsonPropertyName("hb_port")]
    public required int HeartbeatPort { get; init; }

    [JsonPropertyName("key")]
    public string Key { get; init; } = "";

    [JsonPropertyName("signature_scheme")]
    public string SignatureScheme { get; init; } = Signing;

    /// <exception cref="InvalidDataException">The file cannot be used; the message says why.</exception>
    public static ConnectionFile Read(string path)
    {
        ConnectionFile connection;
        try
        {
            connection = JsonSerializer.Deserialize<ConnectionFile>(File.ReadAllBytes(path))
                ?? throw new InvalidDataException($"{path} is empty; expected a Jupyter connection file.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no Jupyter connection file: {e.Message}", e);
        }

        return connection.Transport != "tcp"
            ? throw new InvalidDataException($"{path} asks for transport '{connection.Transport}'; this kernel "
                + "speaks tcp.")
            : connection.SignatureScheme != Signing
                ? throw new InvalidDataException($"{path} asks for signatures by '{connection.SignatureScheme}'; "
                    + $"this kernel signs by {Signing}.")
            : connection;
    }

    public string Address(int port) => $"tcp://{Ip}:{port}";
}
