import sequelize from 'sequelize'
import type { Entry } from './entry.js'
import type { OpenRows } from './rows-library.js'

const { DataTypes, Sequelize } = sequelize

/** `bulkCreate` with `returning`; instances that were changed are saved one by one. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const database = new Sequelize(url, { logging: false, pool: { max: poolSize } })
  const columns = () => ({
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    name: DataTypes.TEXT,
    quantity: DataTypes.INTEGER,
    price: DataTypes.INTEGER,
    active: DataTypes.BOOLEAN,
    created: DataTypes.DATE,
  })
  const options = { timestamps: false, freezeTableName: true }
  const entries = database.define('entry', columns(), options)
  const stock = database.define('stock', columns(), options)
  return {
    insert: (rows) =>
      database.transaction(async (transaction) => {
        const created = await entries.bulkCreate([...rows] as never[], { transaction, returning: ['id'] })
        return created.map((each) => each.get('id') as number)
      }),
    insertOnly: (rows) =>
      database.transaction(async (transaction) => {
        await entries.bulkCreate([...rows] as never[], { transaction })
      }),
    change: (change) =>
      database.transaction(async (transaction) => {
        for (const row of await stock.findAll({ transaction }))
          if (change(row as unknown as Entry)) await row.save({ transaction })
      }),
    close: () => database.close(),
  }
}
