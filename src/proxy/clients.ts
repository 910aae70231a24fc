/** Client requests, as far as others give way to them. */
export class Clients {
  /** Under way. */
  active = 0;
  /** How many have begun. */
  begun = 0;

  enter(): void {
    this.active++;
    this.begun++;
  }

  leave(): void {
    this.active--;
  }
}

/** Whether clients were busy: a request began or ended since it was asked last. */
export class Busy {
  private readonly clients: Readonly<Clients>;
  private active = 0;
  private begun = 0;

  constructor(clients: Readonly<Clients>) {
    this.clients = clients;
  }

  since(): boolean {
    const { active, begun } = this.clients;
    const busy = active !== this.active || begun !== this.begun;
    this.active = active;
    this.begun = begun;
    return busy;
  }
}
