// What tedious does. `node scenarios.js SCENARIO PORT` reads rows of orders as JSON on standard
// input and writes what it did: {"orders": [...], "failed": n, "unread": n, "leftOpen": false, "read": [rows of each SELECT]}.
'use strict';

const { Connection, Request, TYPES } = require('tedious');

const TABLE = 'Ashare_OIW.dbo.ashare_ordwth';
const BULK_TABLE = '[dbo].[ashare_ordwth]';
const [scenario, port] = process.argv.slice(2);

const done = { orders: [], failed: 0, unread: 0, leftOpen: false, read: [] };
let rows = [];

function connect(options = {}) {
  const connection = new Connection({
    server: '127.0.0.1',
    authentication: { type: 'default', options: { userName: 'oms', password: 'secret' } },
    options: {
      port: Number(port),
      database: 'Ashare_OIW',
      encrypt: false,
      tdsVersion: '7_4',
      requestTimeout: 20000,
      ...options,
    },
  });
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

function close(connection) {
  return new Promise((resolve) => {
    connection.once('end', resolve);
    connection.close();
  });
}

// Makes a request and sends it by one of the connection's methods.
function run(connection, method, text, prepare = () => {}) {
  return new Promise((resolve, reject) => {
    const returned = {};
    let count = 0;
    const request = new Request(text, (error) => (error ? reject(error) : resolve({ returned, count })));
    request.on('returnValue', (name, value) => (returned[name] = value));
    request.on('row', () => (count += 1));
    prepare(request);
    connection[method](request);
  });
}

const batch = (connection, text) => run(connection, 'execSqlBatch', text);

function told(call) {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

const begin = (connection) => told((next) => connection.beginTransaction(next));
const commit = (connection) => told((next) => connection.commitTransaction(next));
const rollBack = (connection, name) => told((next) => connection.rollbackTransaction(next, name));
const save = (connection, name) => told((next) => connection.saveTransaction(next, name));

async function mustFail(attempt) {
  try {
    await attempt;
  } catch {
    done.failed += 1;
    return;
  }
  throw new Error('the server took what it should refuse');
}

function literal(value) {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  return `N'${value.replaceAll("'", "''")}'`;
}

function insert(...inserted) {
  const values = inserted.map((row) => `(${Object.values(row).map(literal).join(', ')})`);
  return `insert into ${TABLE} (${Object.keys(inserted[0]).join(', ')}) values ${values.join(', ')}`;
}

const TYPE_OF = { rec_num: TYPES.Int, reff: TYPES.NVarChar, acc: TYPES.NVarChar };
const typeOf = (name) => TYPE_OF[name] ?? TYPES.VarChar;

function insertByParameters(row) {
  const names = Object.keys(row);
  const places = names.map((name) => `@${name}`);
  return `insert into ${TABLE} (${names.join(', ')}) values (${places.join(', ')})`;
}

function withParameters(row, types = {}) {
  return (request) => {
    for (const [name, value] of Object.entries(row)) {
      const [type, options] = types[name] ?? [typeOf(name), undefined];
      request.addParameter(name, type, value, options);
    }
  };
}

async function placeAll(connection, placed) {
  for (const row of placed) await batch(connection, insert(row));
  done.orders.push(...placed);
}

const SCENARIOS = {
  async literals() {
    const connection = await connect();
    await placeAll(connection, rows.slice(0, 4));
    await batch(connection, insert(...rows.slice(4, 8)));
    await batch(connection, `${insert(rows[8])}; ${insert(rows[9])}`);
    done.orders.push(...rows.slice(4, 10));
    await close(connection);
  },

  async parameters() {
    const connection = await connect();
    const day = new Date(Date.UTC(2025, 10, 27));
    const changes = [
      [{}, {}],
      [{ branchid: null, firmid: '12345' }, {}],
      [{ price: 11.625 }, { price: [TYPES.Decimal, { precision: 10, scale: 3 }] }, { price: '11.625' }],
      [{ qty: 300 }, { qty: [TYPES.BigInt] }, { qty: '300' }],
      [{ date: day }, { date: [TYPES.Date] }, { date: '2025-11-27' }],
      [{ reff: '沪000000006' }, {}],
      [{ acc: "O'Neil", firmid: '' }, {}],
      [{ acc: 'A000000008', qty: 400 }, { acc: [TYPES.Char, { length: 10 }], qty: [TYPES.SmallInt] }],
    ];
    for (const [place, [change, types, shown = change]] of changes.entries()) {
      const row = { ...rows[place], ...change };
      await run(connection, 'execSql', insertByParameters(row), withParameters(row, types));
      done.orders.push({ ...row, ...shown });
    }
    await close(connection);
  },

  async prepared() {
    const connection = await connect();
    for (const group of [rows.slice(0, 3), rows.slice(3, 5)]) {
      let finish;
      const finished = () => new Promise((resolve, reject) => {
        finish = (error) => (error ? reject(error) : resolve());
      });
      const request = new Request(insertByParameters(group[0]), (error) => finish(error));
      for (const name of Object.keys(group[0])) request.addParameter(name, typeOf(name));
      const isPrepared = new Promise((resolve) => request.once('prepared', resolve));
      connection.prepare(request);
      await isPrepared;
      for (const row of group) {
        const executed = finished();
        connection.execute(request, row);
        await executed;
        done.orders.push(row);
      }
      const released = finished();
      connection.unprepare(request);
      await released;
    }
    await close(connection);
  },

  // The names of a table type's columns are not on the wire: a list of names is taken in its order,
  // which is told; one that says others than the INSERT leaves open which they are.
  async table_parameter() {
    const connection = await connect();
    const names = Object.keys(rows[0]);
    const table = {
      schema: 'dbo',
      name: 'ordwth_rows',
      columns: names.map((name) => ({ name, type: typeOf(name), length: 20 })),
      rows: [],
    };
    const list = names.join(', ');
    for (const [place, selected] of ['*', list, `upper(${names[0]}), ${names.slice(1).join(', ')}`].entries()) {
      const sent = rows.slice(10 * place, 10 * place + 10);
      table.rows = sent.map((row) => Object.values(row));
      const text = `insert into ${TABLE} (${list}) select ${selected} from @rows`;
      await run(connection, 'execSql', text, (request) => request.addParameter('rows', TYPES.TVP, table));
      if (place < 2) done.orders.push(...sent);
      if (place > 0) done.unread += 1;
    }
    await close(connection);
  },

  async typed_bulk_load() {
    const connection = await connect();
    const types = {
      rec_num: [TYPES.BigInt, { nullable: false }],
      price: [TYPES.Decimal, { nullable: true, precision: 10, scale: 3 }],
      qty: [TYPES.Int, { nullable: true }],
      reff: [TYPES.NVarChar, { nullable: true, length: 'max' }],
      acc: [TYPES.Char, { nullable: true, length: 10 }],
      date: [TYPES.Date, { nullable: true }],
    };
    const sent = rows.slice(0, 5).map((row) => ({ ...row, reff: `沪${row.reff.slice(2)}` }));
    const day = new Date(Date.UTC(2025, 10, 27));
    const typed = sent.map((row) => ({ ...row, price: Number(row.price), qty: Number(row.qty), date: day }));
    await bulkLoad(connection, typed, types);
    done.orders.push(...sent.map((row) => ({ ...row, date: '2025-11-27' })));
    await close(connection);
  },

  async stored_procedure() {    const connection = await connect();
    const names = ['reff', 'acc', 'stock', 'bs', 'price', 'qty', 'owflag'];
    for (const row of rows.slice(0, 3)) {
      const { returned } = await run(connection, 'callProcedure', '[dbo].[p_ins_order]', (request) => {
        for (const name of names) request.addParameter(name, TYPES.VarChar, row[name]);
        request.addOutputParameter('rec_num', TYPES.Int);
      });
      const given = Object.fromEntries(names.map((name) => [name, row[name]]));
      done.orders.push({ ...given, rec_num: returned.rec_num });
    }
    await close(connection);
  },

  async bulk_load() {
    const connection = await connect();
    await bulkLoad(connection, rows.slice(0, 60));
    done.orders.push(...rows.slice(0, 60));
    await close(connection);
  },

  async bulk_load_refused() {
    const connection = await connect();
    await mustFail(bulkLoad(connection, rows.slice(0, 5)));
    await bulkLoad(connection, rows.slice(5, 8));
    done.orders.push(...rows.slice(5, 8));
    await close(connection);
  },

  async bulk_load_rolled_back() {
    const connection = await connect();
    await begin(connection);
    await bulkLoad(connection, rows.slice(0, 5));
    await rollBack(connection);
    done.failed += 1;
    await begin(connection);
    await bulkLoad(connection, rows.slice(5, 8));
    await commit(connection);
    done.orders.push(...rows.slice(5, 8));
    await close(connection);
  },

  async transactions() {
    const connection = await connect();
    await begin(connection);
    await placeAll(connection, rows.slice(0, 2));
    await commit(connection);
    await begin(connection);
    await batch(connection, insert(rows[2]));
    await run(connection, 'execSql', insertByParameters(rows[3]), withParameters(rows[3]));
    await rollBack(connection);
    done.failed += 2;
    await placeAll(connection, rows.slice(4, 5));
    await begin(connection);
    await batch(connection, insert(rows[5]));
    done.leftOpen = true;
    await close(connection);
  },

  async savepoint() {
    const connection = await connect();
    await begin(connection);
    await placeAll(connection, rows.slice(0, 1));
    await save(connection, 'halfway');
    await batch(connection, insert(rows[1]));
    await rollBack(connection, 'halfway');
    done.failed += 1;
    await placeAll(connection, rows.slice(2, 3));
    await commit(connection);
    await close(connection);
  },

  async refused() {
    const connection = await connect();
    await mustFail(batch(connection, insert(rows[1])));
    await mustFail(run(connection, 'execSql', insertByParameters(rows[1]), withParameters(rows[1])));
    await mustFail(batch(connection, [rows[0], rows[1], rows[2]].map((row) => insert(row)).join(';')));
    done.orders.push(rows[0], rows[2]);
    await close(connection);
  },

  // `set xact_abort on`: the failing statement takes the whole transaction with it.
  async refused_with_abort() {
    const connection = await connect({ abortTransactionOnError: true });
    await begin(connection);
    await batch(connection, insert(rows[0]));
    await mustFail(batch(connection, insert(rows[1])));
    done.failed += 1;
    await placeAll(connection, rows.slice(2, 3));
    await close(connection);
  },

  async two_connections() {
    const both = [await connect(), await connect({ tdsVersion: '7_1' })];
    for (let at = 0; at < 16; at += 2) {
      await Promise.all(both.map((connection, which) => batch(connection, insert(rows[at + which]))));
    }
    done.orders.push(...rows.slice(0, 16));
    await Promise.all(both.map(close));
  },

  async cancelled_while_it_waits() {
    const connection = await connect();
    await placeAll(connection, rows.slice(0, 1));
    const text = `waitfor delay '00:00:30'; ${insert(rows[1])}`;
    await mustFail(run(connection, 'execSqlBatch', text, () => setTimeout(() => connection.cancel(), 200)));
    await placeAll(connection, rows.slice(2, 3));
    await close(connection);
  },

  async cancelled_after_its_first_insert() {
    const connection = await connect();
    const text = `${insert(rows[0])}; waitfor delay '00:00:30'; ${insert(rows[1])}`;
    await mustFail(run(connection, 'execSqlBatch', text, () => setTimeout(() => connection.cancel(), 200)));
    done.orders.push(rows[0]);
    await placeAll(connection, rows.slice(2, 3));
    await close(connection);
  },

  // The message is ended with the ignore bit: it never was a request.
  async taken_back_while_it_is_sent() {
    const connection = await connect();
    const text = rows.map((row) => insert(row)).join(';\n');
    const taken = run(connection, 'execSqlBatch', text, (request) => {
      process.nextTick(() => process.nextTick(() => request.cancel()));
    });
    await mustFail(taken);
    done.failed = 0;
    await placeAll(connection, rows.slice(0, 2));
    await close(connection);
  },

  async large_batch() {
    const connection = await connect();
    await batch(connection, rows.slice(0, 100).map((row) => insert(row)).join(';\n'));
    await batch(connection, insert(...rows.slice(100)));
    done.orders.push(...rows);
    await close(connection);
  },

  async small_packets() {
    const connection = await connect({ packetSize: 512 });
    await placeAll(connection, rows.slice(0, 10));
    await run(connection, 'execSql', insertByParameters(rows[10]), withParameters(rows[10]));
    done.orders.push(rows[10]);
    await close(connection);
  },

  async reset() {
    const connection = await connect();
    await placeAll(connection, rows.slice(0, 1));
    await told((next) => connection.reset(next));
    await placeAll(connection, rows.slice(1, 3));
    await close(connection);
  },

  async reports() {
    const connection = await connect();
    await read(connection);
    await close(connection);
  },

  async many_reports() {
    const connection = await connect();
    await read(connection);
    await close(connection);
  },
};

for (const version of ['7_1', '7_2', '7_3_B', '7_4']) {
  SCENARIOS[`version_${version}`] = async () => {
    const connection = await connect({ tdsVersion: version });
    await placeAll(connection, rows.slice(0, 2));
    await run(connection, 'execSql', insertByParameters(rows[2]), withParameters(rows[2]));
    done.orders.push(rows[2]);
    await read(connection);
    await close(connection);
  };
}

async function read(connection) {
  const selects = ['select * from Ashare_OIW..ashare_ordwth2', 'SELECT * FROM [Ashare_OIW].[dbo].[cjhb]'];
  for (const select of selects) {
    done.read.push((await batch(connection, select)).count);
  }
}

function bulkLoad(connection, loaded, types = {}) {
  return new Promise((resolve, reject) => {
    const load = connection.newBulkLoad(BULK_TABLE, { keepNulls: true }, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
    for (const name of Object.keys(loaded[0])) {
      load.addColumn(name, ...(types[name] ?? [typeOf(name), { nullable: true, length: 20 }]));
    }
    connection.execBulkLoad(load, loaded);
  });
}

async function main() {
  let text = '';
  for await (const part of process.stdin) text += part;
  rows = JSON.parse(text);
  await SCENARIOS[scenario]();
  process.stdout.write(JSON.stringify(done));
}

main();
