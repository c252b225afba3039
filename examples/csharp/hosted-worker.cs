#:project ../../src/Ripieno.Hosting/Ripieno.Hosting.csproj
#:package Microsoft.Extensions.Hosting@10.0.15
// A .NET host whose service is a worker, with an agent that is a class and gets the host's services.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Ripieno;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<PriceList>();
builder.Services.AddRipieno(configure: ripieno => ripieno
    .UseProvider("simulated")
    .AddAgent<Quoter>("quoter")
    .AddWorkflow("quote", workflow =>
    {
        workflow.Step("lines", "quoter").ForEach("input.items").Input("article", "{{item.article}}").Input("count", "{{item.count}}");
        workflow.Step("letter", "executor").Prompt("Write an offer for {{input.customer}}.").Input("lines", "{{lines}}").File("offer.md");
    }));
builder.Services.AddRipienoWorker();
using var host = builder.Build();
await host.StartAsync();

// Elsewhere in the program: an endpoint, a message handler.
var coordinator = host.Services.GetRequiredService<AgentCoordinator>();
var accepted = await coordinator.SubmitAsync("quote", new
{
    Customer = "Ada",
    Items = new[] { new { Article = "tea", Count = 3 }, new { Article = "cups", Count = 2 } },
});
var result = await coordinator.WaitAsync(accepted.Id);
foreach (var line in await result.ValueAsync<Line[]>("lines") ?? [])
    Console.WriteLine($"{line.Count} × {line.Article}: {line.Total:0.00}");
Console.WriteLine(await result.ValueAsync<string>("letter"));
await host.StopAsync();

sealed record Order(string Article, int Count);
sealed record Line(string Article, int Count, decimal Total);

sealed class PriceList
{
    public decimal Of(string article) => article == "tea" ? 4.20m : 9.90m;
}

sealed class Quoter(PriceList prices) : IAgent<Order, Line>
{
    public Task<Line> ExecuteAsync(Order order, AgentCall call, CancellationToken cancellation) =>
        Task.FromResult(new Line(order.Article, order.Count, order.Count * prices.Of(order.Article)));
}
