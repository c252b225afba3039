using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Ripieno.Models;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>Takes chat calls of either protocol from arrival to end: log, fault, queue, load, compute, answer.</summary>
internal sealed class ChatHandler(SimulatorOptions options, LoadedModels models, RequestLog log, FaultPlan faults, CancellationToken stopping) : IDisposable
{
    /// <summary>More pieces would cost time and show nothing new.</summary>
    private const int MostPieces = 32;

    private readonly SimulatedAnswers _answers = new(options.Seed, options.RevisionRate);
    private readonly Slots _slots = new(options.Slots, options.MaxQueue, log.Tell);

    /// <summary>Calls accepted and not ended, those in the queue included.</summary>
    public Gauge InFlight { get; } = new();

    public Gauge Computing => _slots.Computing;

    public int Queued => _slots.Queued;

    public void Dispose() => _slots.Dispose();

    public async Task HandleAsync(HttpContext context, ChatProtocol protocol)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        if (await ReadAsync(context, protocol, either.Token) is not { } call)
            return;

        var request = log.Accept(number => Describe(number, context.Request, call));
        InFlight.Up();
        log.Tell();
        var exchange = new ChatExchange(context, protocol, call, request, outcome => Ended(request, outcome));
        try
        {
            await AnswerAsync(exchange, either.Token);
            exchange.End(exchange.Fault is null ? RequestOutcome.Answered : RequestOutcome.Faulted);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            exchange.End(exchange.Fault is null ? RequestOutcome.Cancelled : RequestOutcome.Faulted);
            exchange.Break();
        }
    }

    private static async Task<ChatCall?> ReadAsync(HttpContext context, ChatProtocol protocol, CancellationToken cancellation)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: cancellation);
            return protocol.Read(body.RootElement);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(protocol.Error($"invalid request: {wrong.Message}"), cancellation);
            return null;
        }
    }

    private SimulatedRequest Describe(long number, HttpRequest request, ChatCall call) => new()
    {
        Number = number,
        Path = request.Path,
        Model = call.Model,
        Stream = call.Stream,
        Context = call.Context,
        Temperature = call.Temperature,
        Schema = call.SchemaTitle,
        Messages = call.Messages,
        Authorization = request.Headers.Authorization is [{ } given] ? new Secret(given) : null,
        ApiKey = request.Headers["api-key"] is [{ } key] ? new Secret(key) : null,
        Started = options.Time.GetUtcNow(),
        Fault = faults.For(number),
    };

    private void Ended(SimulatedRequest request, RequestOutcome outcome)
    {
        InFlight.Down();
        log.End(request, outcome);
        log.Tell();
    }

    private async Task AnswerAsync(ChatExchange exchange, CancellationToken cancellation)
    {
        if (exchange.Fault is not null && await FaultyAnswer.BeforeWorkAsync(exchange, options.Time, cancellation))
            return;
        if (models.Find(exchange.Call.Model) is not { } model)
        {
            await exchange.RefuseAsync(StatusCodes.Status404NotFound, exchange.Protocol.UnknownModel(exchange.Call.Model), RequestOutcome.UnknownModel, cancellation);
            return;
        }

        if (!await _slots.EnterAsync(cancellation))
        {
            const string text = "server busy, please try again.  maximum pending requests exceeded";
            await exchange.ErrorAsync(StatusCodes.Status503ServiceUnavailable, text, RequestOutcome.Busy, cancellation);
            return;
        }

        try
        {
            await ComputeAsync(exchange, await models.LoadAsync(model, cancellation), cancellation);
        }
        finally
        {
            _slots.Leave();
        }
    }

    private async Task ComputeAsync(ChatExchange exchange, TimeSpan loaded, CancellationToken cancellation)
    {
        var call = exchange.Call;
        var full = _answers.Answer(call.Messages, call.Schema);
        var text = call.MaxTokens is { } most ? TokenEstimate.Beginning(full, most) : full;
        var tokens = TokenEstimate.Of(text);
        var pace = AnswerPace.Of(options, tokens);
        var answer = new ChatAnswer(text, text.Length < full.Length ? "length" : "stop", TokenEstimate.Of(call.Messages), tokens, pace.Total, loaded);
        var parts = Parts(exchange, answer);

        await PauseAsync(call.Stream ? pace.First : pace.Total, cancellation);
        exchange.StartBody();
        var gap = call.Stream ? pace.Rest / parts.Count : TimeSpan.Zero;
        for (var part = 0; part < parts.Count; part++)
        {
            if (exchange.Fault is not null && part == parts.Count / 2)
            {
                await FaultyAnswer.InAnswerAsync(exchange, string.Concat(parts.Skip(part)), options.Time, cancellation);
                return;
            }

            await PauseAsync(gap, cancellation);
            if (part == parts.Count - 1)
                exchange.End(RequestOutcome.Answered);
            await exchange.WriteAsync(parts[part], cancellation);
        }
    }

    /// <summary>The body, in the parts in which it is sent; at least two, so that a fault finds a middle.</summary>
    private List<string> Parts(ChatExchange exchange, ChatAnswer answer)
    {
        var (call, protocol, now) = (exchange.Call, exchange.Protocol, options.Time.GetUtcNow());
        if (call.Stream)
            return [.. TokenEstimate.Pieces(answer.Text, MostPieces).Select(piece => protocol.Piece(call, piece, now)), protocol.End(call, answer, now)];
        var whole = protocol.Whole(call, answer, now);
        return [whole[..(whole.Length / 2)], whole[(whole.Length / 2)..]];
    }

    private Task PauseAsync(TimeSpan time, CancellationToken cancellation) =>
        time > TimeSpan.Zero ? Task.Delay(time, options.Time, cancellation) : Task.CompletedTask;
}
