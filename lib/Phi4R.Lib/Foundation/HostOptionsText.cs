using System.Text.Json.Serialization;

namespace Phi4R.Foundation;

/// <summary>
/// <see cref="HostOptions"/> as text, by code made at build time: every start of a program waits for it, and
/// reflection takes 40 ms.
/// </summary>
[JsonSerializable(typeof(HostOptions))]
internal sealed partial class HostOptionsText : JsonSerializerContext;
